package dev.darkroom.producer.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpServer;
import dev.darkroom.platform.webhook.WebhookSecret;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntUnaryOperator;
import java.util.function.Predicate;

/** A server that wants to be told. */
final class WebhookReceiver implements AutoCloseable {
    static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    /** What came. */
    record Call(String id, String timestamp, String signature, String body) {
        boolean isSigned() {
            String expected =
                    WebhookSecret.parse(SECRET)
                            .sign(
                                    id,
                                    Long.parseLong(timestamp),
                                    body.getBytes(StandardCharsets.UTF_8));
            return signature.equals(expected);
        }
    }

    final List<Call> calls = new CopyOnWriteArrayList<>();
    private final HttpServer server;

    /**
     * @param status to answer with, by the number of calls before
     */
    WebhookReceiver(IntUnaryOperator status) throws IOException {
        this(0, status);
    }

    /**
     * @param port 0 for any
     */
    WebhookReceiver(int port, IntUnaryOperator status) throws IOException {
        server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        AtomicInteger number = new AtomicInteger();
        server.createContext(
                "/",
                exchange -> {
                    Headers headers = exchange.getRequestHeaders();
                    String body =
                            new String(
                                    exchange.getRequestBody().readAllBytes(),
                                    StandardCharsets.UTF_8);
                    calls.add(
                            new Call(
                                    headers.getFirst("webhook-id"),
                                    headers.getFirst("webhook-timestamp"),
                                    headers.getFirst("webhook-signature"),
                                    body));
                    exchange.sendResponseHeaders(status.applyAsInt(number.getAndIncrement()), -1);
                    exchange.close();
                });
        server.start();
    }

    WebhookEndpoint endpoint() {
        return endpoint(server.getAddress().getPort());
    }

    static WebhookEndpoint endpoint(int port) {
        return WebhookEndpoint.of("http://127.0.0.1:" + port + "/hook", List.of(SECRET));
    }

    List<Call> await(int count) {
        return await(came -> came.size() >= count);
    }

    List<Call> await(Predicate<List<Call>> wanted) {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!wanted.test(calls)) {
            assertThat(System.nanoTime()).as("within 60 s; came: %s", calls).isLessThan(end);
            Thread.onSpinWait();
        }
        return calls;
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
