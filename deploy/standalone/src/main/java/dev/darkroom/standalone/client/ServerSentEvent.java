package dev.darkroom.standalone.client;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.Optional;

/**
 * One event of an event stream.
 *
 * <p>Format: WHATWG HTML, "Server-sent events", section "Interpreting an event stream".
 *
 * @param type "message" where the stream names none
 * @param data the data lines, joined by line feeds
 */
record ServerSentEvent(String type, String data) {
    /**
     * Reads up to the end of the next event that has data; comments (heartbeats) and fields that
     * are not used here are passed over.
     *
     * @return nothing where the stream has ended; an event cut off by the end is dropped, as the
     *     format demands
     */
    static Optional<ServerSentEvent> read(BufferedReader stream) throws IOException {
        String type = "message";
        StringBuilder data = new StringBuilder();
        boolean hasData = false;
        for (String line = stream.readLine(); line != null; line = stream.readLine()) {
            if (line.isEmpty()) {
                if (hasData) {
                    return Optional.of(new ServerSentEvent(type, data.toString()));
                }
                type = "message";
                continue;
            }
            int colon = line.indexOf(':');
            String field = colon < 0 ? line : line.substring(0, colon);
            String value = colon < 0 ? "" : line.substring(colon + 1);
            if (value.startsWith(" ")) {
                value = value.substring(1);
            }
            if (field.equals("event")) {
                type = value;
            } else if (field.equals("data")) {
                data.append(hasData ? "\n" : "").append(value);
                hasData = true;
            }
        }
        return Optional.empty();
    }
}
