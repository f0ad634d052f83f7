package dev.darkroom.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
final class EmbeddedBrokerTest {
    @TempDir Path folder;

    @Test
    void findsItsDataAgainAfterARestartOnAnotherPort() throws IOException {
        int port;
        try (EmbeddedBroker broker = EmbeddedBroker.start(folder, 0)) {
            port = broker.port();
            Records.write(broker, "one");
            assertThatThrownBy(() -> EmbeddedBroker.start(folder, 0))
                    .isInstanceOf(IOException.class)
                    .hasMessageContainingAll(folder.toString(), "in use");
        }
        try (ServerSocket taken = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> EmbeddedBroker.start(folder, taken.getLocalPort()))
                    .isInstanceOf(BindException.class)
                    .hasMessageContaining("port " + port);
            try (EmbeddedBroker broker = EmbeddedBroker.start(folder, 0)) {
                assertThat(broker.port()).isNotEqualTo(port);
                assertThat(Records.read(broker)).containsExactly("one");
            }
        }
    }

    @Test
    void findsItsDataAgainAfterAKill() throws Exception {
        Process program =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx256m",
                                "-cp",
                                System.getProperty("java.class.path"),
                                BrokerProgram.class.getName(),
                                folder.toString())
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        try (BufferedReader said =
                new BufferedReader(
                        new InputStreamReader(program.getInputStream(), StandardCharsets.UTF_8))) {
            assertThat(said.readLine()).isEqualTo("WRITTEN");
            assertThatThrownBy(() -> EmbeddedBroker.start(folder, 0))
                    .hasMessageContainingAll(folder.toString(), "in use");
        } finally {
            program.destroyForcibly().waitFor();
        }
        try (EmbeddedBroker broker = EmbeddedBroker.start(folder, 0)) {
            assertThat(Records.read(broker)).containsExactly("written before the kill");
        }
    }
}
