package dev.darkroom.platform.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import okhttp3.Dns;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebhookClientTest {
    private static final Clock CLOCK =
            Clock.fixed(Instant.ofEpochSecond(1_614_265_330), ZoneOffset.UTC);
    private static final String FIRST = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private static final String SECOND = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";
    private static final char[] PASSWORD = "changeit".toCharArray();

    private final List<HttpExchange> received = new CopyOnWriteArrayList<>();
    private final List<String> bodies = new CopyOnWriteArrayList<>();
    private final List<AutoCloseable> opened = new ArrayList<>();
    private volatile int status = 200;
    private HttpServer server;

    @TempDir Path folder;

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        serve(server);
    }

    private void serve(HttpServer at) {
        at.createContext(
                "/",
                exchange -> {
                    bodies.add(
                            new String(
                                    exchange.getRequestBody().readAllBytes(),
                                    StandardCharsets.UTF_8));
                    received.add(exchange);
                    if (status == 302) {
                        exchange.getResponseHeaders().add("Location", "/elsewhere");
                    } else if (status == 429) {
                        exchange.getResponseHeaders().add("Retry-After", "120");
                    }
                    exchange.sendResponseHeaders(status, -1);
                    exchange.close();
                });
        at.start();
        opened.add(() -> at.stop(0));
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : opened) {
            one.close();
        }
    }

    @Test
    void signsWithEverySecretOverIdTimeAndBody() {
        assertThat(send(allowing(), url("127.0.0.1"))).isEqualTo(new WebhookReply.Delivered());

        assertThat(bodies).containsExactly("{\"test\": 2432232314}");
        HttpExchange got = received.get(0);
        assertThat(got.getRequestMethod()).isEqualTo("POST");
        assertThat(header(got, "content-type")).isEqualTo("application/json");
        assertThat(header(got, "webhook-id")).isEqualTo("msg_p5jXN8AQM9LWM0D4loKWxJek");
        assertThat(header(got, "webhook-timestamp")).isEqualTo("1614265330");
        assertThat(header(got, "webhook-signature").split(" "))
                .hasSize(2)
                .startsWith("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    @Test
    void followsNoRedirect() {
        status = 302;

        assertThat(send(allowing(), url("127.0.0.1")))
                .isEqualTo(new WebhookReply.Failed("status 302", Optional.empty()));
        assertThat(received).hasSize(1);
    }

    @Test
    void repeatsNoAddressThatCannotBeAsked() {
        assertThat(send(allowing(), URI.create("http://127.0.0.1:99999/a-secret")))
                .isEqualTo(
                        new WebhookReply.Failed(
                                "no address that can be asked, at 127.0.0.1", Optional.empty()));
    }

    @Test
    void tellsGoneFromBusyAndHearsWhenToComeAgain() {
        status = 410;
        assertThat(send(allowing(), url("127.0.0.1"))).isEqualTo(new WebhookReply.Gone());
        status = 429;
        assertThat(send(allowing(), url("127.0.0.1")))
                .isEqualTo(
                        new WebhookReply.Failed("status 429", Optional.of(Duration.ofMinutes(2))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.1", "2130706433", "0x7f000001", "localhost", "0"})
    void reachesNothingOfThisMachineHoweverItIsWritten(String host) {
        WebhookClient client = opened(new WebhookClient(false, CLOCK));

        assertThat(send(client, url(host))).isInstanceOf(WebhookReply.Failed.class);
        assertThat(received).isEmpty();
    }

    @Test
    void aNameThatResolvesOtherwiseTheSecondTimeReachesNothing() throws Exception {
        AtomicInteger lookups = new AtomicInteger();
        InetAddress open = InetAddress.getByName("1.1.1.1");
        Dns rebinding =
                host ->
                        List.of(
                                lookups.getAndIncrement() == 0
                                        ? open
                                        : InetAddress.getLoopbackAddress());
        // Without the check at resolving, as if the answer had changed since.
        OkHttpClient http =
                WebhookClient.builder(false, rebinding, Duration.ofSeconds(5))
                        .dns(host -> List.of(InetAddress.getLoopbackAddress()))
                        .build();
        WebhookClient client = opened(new WebhookClient(http, CLOCK));

        assertThat(send(client, url("rebinding.example"))).isInstanceOf(WebhookReply.Failed.class);
        assertThat(received).isEmpty();
    }

    @Test
    void aReceiverThatDoesNotAnswerIsLeft() throws IOException {
        ServerSocket silent = opened(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
        OkHttpClient http = WebhookClient.builder(true, Dns.SYSTEM, Duration.ofMillis(300)).build();
        WebhookClient client = opened(new WebhookClient(http, CLOCK));

        WebhookReply reply =
                send(client, URI.create("http://127.0.0.1:" + silent.getLocalPort() + "/"));

        assertThat(reply).isInstanceOf(WebhookReply.Failed.class);
    }

    @Test
    void theHostsNameIsWhatTlsChecks() throws Exception {
        HttpsServer secure = https("hooks.example");
        int port = secure.getAddress().getPort();

        assertThat(send(trusting(), URI.create("https://hooks.example:" + port + "/")))
                .isEqualTo(new WebhookReply.Delivered());
        assertThat(send(trusting(), URI.create("https://other.example:" + port + "/")))
                .isInstanceOf(WebhookReply.Failed.class);
        assertThat(received).hasSize(1);
    }

    /** All names lead to this machine; the test's certificate is trusted. */
    private WebhookClient trusting() throws Exception {
        Dns here = host -> List.of(InetAddress.getLoopbackAddress());
        TrustManagerFactory trust =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(keys());
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(null, trust.getTrustManagers(), null);
        OkHttpClient http =
                WebhookClient.builder(true, here, Duration.ofSeconds(10))
                        .sslSocketFactory(
                                tls.getSocketFactory(),
                                (X509TrustManager) trust.getTrustManagers()[0])
                        .build();
        return opened(new WebhookClient(http, CLOCK));
    }

    private HttpsServer https(String name) throws Exception {
        Process keytool =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "keytool")
                                        .toString(),
                                "-genkeypair",
                                "-alias",
                                "test",
                                "-keyalg",
                                "EC",
                                "-dname",
                                "CN=" + name,
                                "-ext",
                                "SAN=dns:" + name,
                                "-keystore",
                                folder.resolve("keys.p12").toString(),
                                "-storetype",
                                "PKCS12",
                                "-storepass",
                                new String(PASSWORD))
                        .inheritIO()
                        .start();
        assertThat(keytool.waitFor()).isZero();
        KeyManagerFactory keys =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(keys(), PASSWORD);
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(keys.getKeyManagers(), null, null);
        HttpsServer secure =
                HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        secure.setHttpsConfigurator(new HttpsConfigurator(tls));
        serve(secure);
        return secure;
    }

    private KeyStore keys() throws Exception {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(folder.resolve("keys.p12"))) {
            keys.load(in, PASSWORD);
        }
        return keys;
    }

    private WebhookClient allowing() {
        return opened(new WebhookClient(true, CLOCK));
    }

    private <T extends AutoCloseable> T opened(T one) {
        opened.add(one);
        return one;
    }

    private URI url(String host) {
        return URI.create("http://" + host + ":" + server.getAddress().getPort() + "/hook");
    }

    private static WebhookReply send(WebhookClient client, URI url) {
        CompletableFuture<WebhookReply> reply = new CompletableFuture<>();
        client.send(
                new WebhookMessage(
                        "msg_p5jXN8AQM9LWM0D4loKWxJek",
                        url,
                        List.of(WebhookSecret.parse(FIRST), WebhookSecret.parse(SECOND)),
                        "{\"test\": 2432232314}"),
                reply::complete);
        return reply.orTimeout(30, TimeUnit.SECONDS).join();
    }

    private static String header(HttpExchange exchange, String name) {
        return exchange.getRequestHeaders().getFirst(name);
    }
}
