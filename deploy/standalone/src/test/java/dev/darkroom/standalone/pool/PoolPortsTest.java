package dev.darkroom.standalone.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.contract.error.DarkroomException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PoolPortsTest {
    @Test
    void refusesWhatIsNoPort() {
        assertThatThrownBy(() -> new PoolPorts(99_999, 0, 0))
                .isInstanceOf(DarkroomException.class)
                .hasMessageContaining("--port is 99999");
        assertThatThrownBy(() -> new PoolPorts(0, -1, 0)).hasMessageContaining("--kafka-port");
    }

    @Test
    void refusesAPortThatIsTaken() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();

            assertThatThrownBy(() -> new PoolPorts(port, 0, 0).requireFree())
                    .hasMessageContaining("port " + port + " is taken");
        }
        assertThatCode(() -> PoolPorts.any().requireFree()).doesNotThrowAnyException();
    }

    @Test
    void takesWhatWasSaid() {
        assertThat(PoolPorts.chosen(Optional.of(1), Optional.of(2), Optional.of(3)))
                .isEqualTo(new PoolPorts(1, 2, 3));
    }
}
