package dev.darkroom.trainer.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProgressBarTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

    @Test
    void drawsOverItsLineOnATerminal() {
        ProgressBar bar = new ProgressBar(out, true, 120);
        bar.step(Reports.at(1));
        bar.step(Reports.at(50));
        bar.finished(Reports.STAGE, 50);

        String[] drawings = written().split("\r");
        assertThat(drawings).hasSize(3);
        assertThat(drawings[2])
                .startsWith("unet [============            ] 50/100  loss 0.0200  64 pictures/s")
                .contains("0:50 left")
                .endsWith("\u001b[K" + System.lineSeparator());
    }

    @Test
    void printsPlainLinesNowAndThenElsewhere() {
        ProgressBar bar = new ProgressBar(out, false, 80);
        for (int step = 1; step <= 100; step++) {
            bar.step(Reports.at(step));
        }
        bar.finished(Reports.STAGE, 100);

        // One second a step: the first, every 15 seconds, and the last.
        assertThat(written().lines())
                .hasSize(8)
                .allSatisfy(line -> assertThat(line).doesNotContain("\r", "\u001b"))
                .first()
                .isEqualTo("unet 1/100  loss 1.0000  64 pictures/s");
        assertThat(written().lines().toList().get(7)).startsWith("unet 100/100");
    }

    @Test
    void drawsAtMostFiveTimesASecond() {
        ProgressBar bar = new ProgressBar(out, true, 80);
        for (int i = 1; i <= 1000; i++) {
            bar.step(report(i, 10_000, Duration.ofMillis(i)));
        }

        assertThat(written().split("\r")).hasSizeLessThan(8);
    }

    @Test
    void cutsWhatIsWiderThanTheTerminal() {
        ProgressBar bar = new ProgressBar(out, true, 20);
        bar.step(Reports.at(1));

        assertThat(written()).isEqualTo("\runet [             \u001b[K");
    }

    @Test
    void knowsTheTimeLeftOfAResumedStage() {
        ProgressBar bar = new ProgressBar(out, false, 80);
        bar.step(report(5001, 9000, Duration.ofSeconds(1)));
        bar.step(report(5101, 9000, Duration.ofSeconds(101)));

        assertThat(written()).contains("1:04:59 left");
    }

    private static StepReport report(long step, long steps, Duration elapsed) {
        return new StepReport("vae", step, steps, 1, Map.of(), 1e-3, 64, elapsed);
    }

    private String written() {
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
