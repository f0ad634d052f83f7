package dev.darkroom.embedded;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.BindException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What S3 clients see of it is tested where such a client is: in the platform's contract tests. */
@Timeout(60)
final class EmbeddedStoreTest {
    @TempDir Path folder;

    @Test
    void saysWhatIsInItsWay() throws IOException {
        try (EmbeddedStore store = EmbeddedStore.start(folder, 0, "user", "secret-of-user")) {
            int port = store.endpoint().getPort();
            assertThatThrownBy(() -> EmbeddedStore.start(folder, 0, "user", "secret-of-user"))
                    .isInstanceOf(IOException.class)
                    .hasMessageContainingAll(folder.toString(), "in use");
            assertThatThrownBy(
                            () ->
                                    EmbeddedStore.start(
                                            folder.resolve("other"), port, "user", "secret12"))
                    .isInstanceOf(BindException.class)
                    .hasMessageContaining("port " + port);
        }
        EmbeddedStore.start(folder, 0, "user", "secret-of-user").close();
    }
}
