package dev.darkroom.standalone.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.darkroom.contract.access.ApiKeyId;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is sent to a pool, and what its refusals become. */
class PoolClientTest {
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private volatile int status = 200;
    private HttpServer server;

    @BeforeEach
    void listen() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        asked.add(
                exchange.getRequestMethod()
                        + " "
                        + exchange.getRequestURI()
                        + " "
                        + exchange.getRequestHeaders().getOrDefault("Authorization", List.of())
                        + exchange.getRequestHeaders().getOrDefault("Idempotency-Key", List.of()));
        byte[] body =
                "{\"id\":\"x\",\"code\":\"UNAUTHENTICATED\",\"detail\":\"no\"}"
                        .getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    private PoolClient client(Optional<String> key) {
        return new PoolClient(URI.create("http://127.0.0.1:" + server.getAddress().getPort()), key);
    }

    @Test
    void sendsItsKeyWithEveryRequest() throws PoolUnreachableException {
        PoolClient client = client(Optional.of("drk_secret"));
        client.models();
        client.createKey(new byte[] {'{', '}'});
        client.revokeKey(new ApiKeyId("0a1b2c3d4e5f"));
        client(Optional.empty()).models();
        assertThat(asked)
                .containsExactly(
                        "GET /v1/models [Bearer drk_secret][]",
                        "POST /v1/keys [Bearer drk_secret][]",
                        "DELETE /v1/keys/0a1b2c3d4e5f [Bearer drk_secret][]",
                        "GET /v1/models [][]");
    }

    @Test
    void sendsIdempotencyKeysInQuotes() throws PoolUnreachableException {
        client(Optional.empty()).submit(new byte[] {'{', '}'}, Optional.of("a \"b\" \\"));
        client(Optional.empty()).submit(new byte[] {'{', '}'});
        assertThat(asked)
                .containsExactly("POST /v1/jobs [][\"a \\\"b\\\" \\\\\"]", "POST /v1/jobs [][]");
    }

    @Test
    void tellsWhyItWasNotLetIn() {
        status = 401;
        DarkroomException refusal =
                catchThrowableOfType(
                        DarkroomException.class, () -> client(Optional.empty()).models());
        assertThat(refusal.code()).isEqualTo(ErrorCode.UNAUTHENTICATED);
        assertThat(refusal.reason()).isEqualTo("no");
    }
}
