package dev.darkroom.platform.objectstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server that says yes to every write, as some that speak S3 do to a condition. */
@Timeout(60)
class UnfitStoreTest {
    private HttpServer server;

    @BeforeEach
    void starts() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext(
                "/",
                exchange -> {
                    exchange.getRequestBody().readAllBytes();
                    exchange.getResponseHeaders()
                            .add("ETag", "\"d41d8cd98f00b204e9800998ecf8427e\"");
                    exchange.sendResponseHeaders(200, -1);
                    exchange.close();
                });
        server.start();
    }

    @AfterEach
    void stops() {
        server.stop(0);
    }

    @Test
    void aStoreThatIgnoresConditionsIsRefused() {
        URI endpoint = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
        try (ObjectStore store =
                new MinioObjectStore(
                        new ObjectStoreSettings(
                                endpoint, "us-east-1", "darkroom", "user", "secret12"))) {
            assertThatThrownBy(store::requireConditionalWrites)
                    .isInstanceOfSatisfying(
                            DarkroomException.class,
                            e -> assertThat(e.code()).isEqualTo(ErrorCode.MISCONFIGURED))
                    .hasMessageContainingAll("object store", "If-None-Match");
        }
    }
}
