package dev.darkroom.standalone.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.testing.EmbeddedStack;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** API keys by the command line, on the bucket of a pool that the configuration names. */
class KeysCommandTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final Map<String, String> configuration = new HashMap<>();

    @TempDir Path home;

    @BeforeEach
    void configure() {
        configuration.putAll(EmbeddedStack.shared().configuration());
        configuration.put("darkroom.store.bucket", "commands");
        configuration.forEach(System::setProperty);
    }

    @AfterEach
    void leaveNothing() {
        configuration.keySet().forEach(System::clearProperty);
    }

    @Test
    void makesListsAndRevokes() {
        assertThat(run("create", "--tenant", "acme", "--note", "a test")).isZero();
        String secret = out.toString(StandardCharsets.UTF_8).strip();
        String id = secret.substring(4, 16);
        assertThat(secret).matches("drk_[0-9a-f]{12}_[A-Za-z0-9_-]{43}");
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains(id, "acme", "submit,read")
                .doesNotContain(secret);

        assertThat(run("create", "--tenant", "operators", "--role", "admin,read")).isZero();
        assertThat(run("list")).isZero();
        List<String> lines = out.toString(StandardCharsets.UTF_8).lines().toList();
        assertThat(lines).hasSize(2);
        assertThat(lines.get(0)).startsWith(id + "  acme  submit,read  ").endsWith("  a test");
        assertThat(lines.get(1)).contains("  operators  read,admin  ");
        assertThat(run("list", "--json")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("\"" + id + "\"")
                .doesNotContain("sha256", "secret");

        assertThat(run("revoke", id)).isZero();
        assertThat(run("list")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).doesNotContain(id).contains("operators");
        assertThat(run("revoke", id)).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("there is no key " + id);
    }

    @Test
    void refusesWhatIsNoKeyOrRole() {
        assertThat(run("create", "--tenant", "acme", "--role", "root")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("submit, read, admin");
        assertThat(run("create", "--tenant", "Acme")).isEqualTo(ExitCode.USAGE);
        assertThat(run("revoke", "../x")).isEqualTo(ExitCode.USAGE);
    }

    private int run(String... arguments) {
        out.reset();
        err.reset();
        Terminal terminal =
                new Terminal(
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        false);
        String[] line = new String[arguments.length + 3];
        line[0] = "keys";
        System.arraycopy(arguments, 0, line, 1, arguments.length);
        line[arguments.length + 1] = "--home";
        line[arguments.length + 2] = home.toString();
        return DarkroomCommand.commandLine(terminal, Map.of(), new Interruption(terminal))
                .execute(line);
    }
}
