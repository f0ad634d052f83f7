package dev.darkroom.standalone.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TerminalTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Test
    void tellsAFileEveryTenthOfTheWayThatItHearsOf() {
        Terminal terminal = terminal(false);

        for (int step = 7; step < 100; step += 7) {
            terminal.progress(step, 100);
        }
        terminal.progress(100, 100);

        assertThat(text(err).lines())
                .hasSize(10)
                .startsWith("step 14 of 100", "step 21 of 100")
                .endsWith("step 91 of 100", "step 100 of 100");
    }

    @Test
    void rewritesOneLineForAPersonAndClearsItForResults() {
        Terminal terminal = terminal(true);

        terminal.phase("starting");
        terminal.progress(1, 2);
        terminal.print("picture.png");

        assertThat(text(err)).contains("[############------------] 1/2 steps").endsWith(" \r");
        assertThat(text(err)).doesNotContain("\n");
        assertThat(text(out)).isEqualTo("picture.png" + System.lineSeparator());
    }

    private Terminal terminal(boolean live) {
        return new Terminal(stream(out), stream(err), live);
    }

    private static PrintStream stream(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, StandardCharsets.UTF_8);
    }

    private static String text(ByteArrayOutputStream bytes) {
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
