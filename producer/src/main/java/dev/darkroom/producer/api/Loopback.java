package dev.darkroom.producer.api;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import java.net.URI;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What keeps a producer without keys for this machine's own programs and pages.
 *
 * <p>The browser of someone on this machine reaches it too, on behalf of any page. It lets a page
 * of another origin send simple requests, of which it says where they come from ({@code Origin},
 * {@code Sec-Fetch-Site}); and a page whose name was made to mean 127.0.0.1 may do everything, but
 * its name is in {@code Host}.
 */
public final class Loopback {
    private static final Pattern HOST =
            Pattern.compile("localhost|127(\\.[0-9]{1,3}){3}|(0*:)*0*:0*1|\\[::1]");

    private static final Set<HttpMethod> SAFE =
            Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);

    private Loopback() {}

    /** Of addresses only those that are loopback as they stand: names may mean anything. */
    public static boolean isHost(String host) {
        return HOST.matcher(host.toLowerCase(Locale.ROOT)).matches();
    }

    /** Why the request is nobody's on this machine, or nothing. */
    static Optional<String> objection(HttpServerRequest request) {
        HostAndPort asked = request.authority();
        if (asked == null || !isHost(asked.host())) {
            return Optional.of(
                    "a producer without API keys answers to localhost and 127.0.0.1 only, not to "
                            + (asked == null ? "no Host at all" : asked.host()));
        }
        if (!SAFE.contains(request.method()) && isFromElsewhere(request)) {
            return Optional.of(
                    "a producer without API keys changes nothing for pages of other origins");
        }
        return Optional.empty();
    }

    private static boolean isFromElsewhere(HttpServerRequest request) {
        String origin = request.getHeader("Origin");
        return origin == null
                ? "cross-site".equals(request.getHeader("Sec-Fetch-Site"))
                : !isLoopback(origin);
    }

    /** An origin is {@code null} where a page would not say. */
    private static boolean isLoopback(String origin) {
        try {
            String host = URI.create(origin).getHost();
            return host != null && isHost(host);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
