package dev.darkroom.producer.api;

import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.json.Json;
import dev.darkroom.producer.status.JobState;
import dev.darkroom.producer.status.NumberedEvent;
import io.smallrye.mutiny.subscription.MultiEmitter;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * One client's stream of one job. It holds no events: whenever the client can take one it looks for
 * the next in the job's history, so a slow client costs no memory and only misses progress that is
 * out of date.
 */
final class EventStream {
    private final Supplier<JobState> state;
    private final Sse sse;
    private final MultiEmitter<? super OutboundSseEvent> emitter;
    private final AtomicInteger calls = new AtomicInteger();
    private volatile boolean beatDue;
    private long last;

    EventStream(
            Supplier<JobState> state,
            long last,
            Sse sse,
            MultiEmitter<? super OutboundSseEvent> emitter) {
        this.state = state;
        this.last = last;
        this.sse = sse;
        this.emitter = emitter;
    }

    /** Keeps the connection from looking dead to whatever is between. */
    void beat() {
        beatDue = true;
        pump();
    }

    /** Sends what there is to send. From any thread: one of them works, the others leave a note. */
    void pump() {
        if (calls.getAndIncrement() > 0) {
            return;
        }
        int seen;
        do {
            seen = calls.get();
            while (!emitter.isCancelled() && emitter.requested() > 0 && sendOne()) {
                // Until nothing is left to send or nobody wants it.
            }
        } while (calls.addAndGet(-seen) > 0);
    }

    private boolean sendOne() {
        JobState now = state.get();
        Optional<NumberedEvent> next = now.history().after(last);
        if (next.isPresent()) {
            last = next.get().number();
            emitter.emit(event(next.get()));
            return true;
        }
        if (now.end().isPresent() || now.history().last() < last) {
            // Done; or the job was forgotten and began anew: the client comes back and gets it all.
            emitter.complete();
            return false;
        }
        if (beatDue) {
            beatDue = false;
            emitter.emit(sse.newEventBuilder().comment("still here").build());
            return true;
        }
        return false;
    }

    private OutboundSseEvent event(NumberedEvent numbered) {
        JobEvent event = numbered.event();
        return sse.newEventBuilder()
                .id(Long.toString(numbered.number()))
                .name(event.type())
                .mediaType(MediaType.TEXT_PLAIN_TYPE)
                .data(String.class, new String(Json.write(event), StandardCharsets.UTF_8))
                .build();
    }
}
