package dev.darkroom.platform.webhook;

import java.io.IOException;
import java.net.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import javax.net.SocketFactory;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.Dispatcher;
import okhttp3.Dns;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;

/**
 * Sends webhooks, signed anew at every attempt. Follows no redirects, goes through no proxy, reads
 * no body, and connects to public addresses only unless it is told otherwise.
 */
public final class WebhookClient implements AutoCloseable {
    /** Within the 15 to 30 s that the standard recommends. */
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private static final Duration CONNECT = Duration.ofSeconds(10);

    /** Deliveries under way to one host: one that does not answer takes no more from the others. */
    public static final int AT_ONCE_TO_A_HOST = 4;

    public static final int AT_ONCE = 64;

    private static final MediaType JSON = MediaType.get("application/json");
    private static final long LONGEST_RETRY_AFTER = Duration.ofHours(24).toSeconds();

    private final OkHttpClient http;
    private final Clock clock;

    /**
     * @param allowPrivate whether loopback and private networks may be reached
     */
    public WebhookClient(boolean allowPrivate, Clock clock) {
        this(builder(allowPrivate, Dns.SYSTEM, LIMIT).build(), clock);
    }

    WebhookClient(OkHttpClient http, Clock clock) {
        this.http = http;
        this.clock = clock;
    }

    /**
     * @param limit of a whole attempt
     */
    static OkHttpClient.Builder builder(boolean allowPrivate, Dns resolver, Duration limit) {
        Dispatcher dispatcher = new Dispatcher();
        dispatcher.setMaxRequests(AT_ONCE);
        dispatcher.setMaxRequestsPerHost(AT_ONCE_TO_A_HOST);
        PublicAddresses guard = new PublicAddresses(resolver);
        return new OkHttpClient.Builder()
                .dispatcher(dispatcher)
                .dns(allowPrivate ? resolver : guard)
                .socketFactory(allowPrivate ? SocketFactory.getDefault() : guard)
                .proxy(Proxy.NO_PROXY)
                .followRedirects(false)
                .followSslRedirects(false)
                .retryOnConnectionFailure(false)
                .connectTimeout(CONNECT)
                .callTimeout(limit);
    }

    /**
     * Returns at once; {@code then} is called from another thread, once. There may be at most
     * {@link #AT_ONCE} under way, or later ones wait.
     */
    public void send(WebhookMessage message, Consumer<WebhookReply> then) {
        Request request;
        try {
            request = request(message);
        } catch (IllegalArgumentException e) {
            // Without the rest of the address, in which there may be a secret.
            then.accept(
                    new WebhookReply.Failed(
                            "no address that can be asked, at " + message.url().getHost(),
                            Optional.empty()));
            return;
        }
        http.newCall(request)
                .enqueue(
                        new Callback() {
                            @Override
                            public void onFailure(Call call, IOException e) {
                                then.accept(
                                        new WebhookReply.Failed(e.toString(), Optional.empty()));
                            }

                            @Override
                            public void onResponse(Call call, Response response) {
                                WebhookReply reply = reply(response);
                                response.close();
                                then.accept(reply);
                            }
                        });
    }

    private Request request(WebhookMessage message) {
        byte[] body = message.body().getBytes(StandardCharsets.UTF_8);
        long timestamp = clock.instant().getEpochSecond();
        String signatures =
                message.secrets().stream()
                        .map(secret -> secret.sign(message.id(), timestamp, body))
                        .collect(Collectors.joining(" "));
        return new Request.Builder()
                .url(message.url().toString())
                .header("User-Agent", "Darkroom")
                .header("webhook-id", message.id())
                .header("webhook-timestamp", Long.toString(timestamp))
                .header("webhook-signature", signatures)
                .post(RequestBody.create(body, JSON))
                .build();
    }

    private static WebhookReply reply(Response response) {
        int status = response.code();
        if (status / 100 == 2) {
            return new WebhookReply.Delivered();
        }
        if (status == 410) {
            return new WebhookReply.Gone();
        }
        return new WebhookReply.Failed(
                "status " + status,
                Optional.ofNullable(response.header("Retry-After"))
                        .flatMap(WebhookClient::seconds));
    }

    /** Dates are passed over: the schedule does as well. */
    private static Optional<Duration> seconds(String header) {
        try {
            long seconds = Long.parseLong(header.strip());
            return seconds < 0
                    ? Optional.empty()
                    : Optional.of(Duration.ofSeconds(Math.min(seconds, LONGEST_RETRY_AFTER)));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** Ends what is under way. */
    @Override
    public void close() {
        http.dispatcher().cancelAll();
        http.dispatcher().executorService().shutdown();
        http.connectionPool().evictAll();
        try {
            http.dispatcher().executorService().awaitTermination(2, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
