package dev.darkroom.producer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Reads a stream of server-sent events as a browser does. */
public final class EventClient implements AutoCloseable {
    /** Fields of one event by name: event, id, data; a comment is under the empty name. */
    public record Received(Map<String, String> fields) {
        public String event() {
            return fields.getOrDefault("event", "");
        }

        public long id() {
            return Long.parseLong(fields.getOrDefault("id", "-1"));
        }

        public String data() {
            return fields.getOrDefault("data", "");
        }
    }

    private final HttpResponse<Stream<String>> response;
    private final Iterator<String> lines;

    public EventClient(URI uri, Optional<String> lastEventId) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(uri)
                        .timeout(Duration.ofSeconds(30))
                        .header("Accept", "text/event-stream");
        lastEventId.ifPresent(id -> request.header("Last-Event-ID", id));
        try {
            response =
                    HttpClient.newBuilder()
                            .version(HttpClient.Version.HTTP_1_1)
                            .build()
                            .send(request.build(), HttpResponse.BodyHandlers.ofLines());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        lines = response.body().iterator();
    }

    public int status() {
        return response.statusCode();
    }

    public String contentType() {
        return response.headers().firstValue("Content-Type").orElse("");
    }

    /** The next event that is not a comment, or nothing at the end of the stream. */
    public Optional<Received> next() {
        Optional<Received> next = nextOfAny();
        while (next.isPresent() && next.get().event().isEmpty()) {
            next = nextOfAny();
        }
        return next;
    }

    /** The next event or comment. */
    public Optional<Received> nextOfAny() {
        Map<String, String> fields = new LinkedHashMap<>();
        while (lines.hasNext()) {
            String line = lines.next();
            if (line.isEmpty()) {
                if (!fields.isEmpty()) {
                    return Optional.of(new Received(fields));
                }
            } else {
                int colon = line.indexOf(':');
                fields.put(line.substring(0, colon), line.substring(colon + 1).strip());
            }
        }
        return Optional.empty();
    }

    public List<Received> rest() {
        List<Received> all = new ArrayList<>();
        for (Optional<Received> next = next(); next.isPresent(); next = next()) {
            all.add(next.get());
        }
        return all;
    }

    @Override
    public void close() {
        response.body().close();
    }
}
