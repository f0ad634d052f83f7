package dev.darkroom.standalone.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ServerSentEventTest {
    @Test
    void readsTypeAndData() throws IOException {
        assertThat(read("event: progress\nid: 7\ndata: {\"step\":1}\n\n"))
                .containsExactly(new ServerSentEvent("progress", "{\"step\":1}"));
    }

    @Test
    void joinsDataLines() throws IOException {
        assertThat(read("data: a\ndata:b\ndata\n\n"))
                .containsExactly(new ServerSentEvent("message", "a\nb\n"));
    }

    @Test
    void passesOverCommentsAndEventsWithoutData() throws IOException {
        assertThat(read(": heartbeat\n\nevent: lost\n\ndata: kept\r\n\r\n"))
                .containsExactly(new ServerSentEvent("message", "kept"));
    }

    @Test
    void dropsAnEventThatIsCutOff() throws IOException {
        assertThat(read("data: whole\n\nevent: progress\ndata: ha"))
                .containsExactly(new ServerSentEvent("message", "whole"));
    }

    private static List<ServerSentEvent> read(String text) throws IOException {
        List<ServerSentEvent> events = new ArrayList<>();
        BufferedReader stream = new BufferedReader(new StringReader(text));
        for (Optional<ServerSentEvent> event = ServerSentEvent.read(stream);
                event.isPresent();
                event = ServerSentEvent.read(stream)) {
            events.add(event.orElseThrow());
        }
        return events;
    }
}
