package dev.darkroom.producer.api;

import dev.darkroom.producer.status.JobBoard;
import dev.darkroom.producer.status.JobState;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.subscription.BackPressureStrategy;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.regex.Pattern;

/** Opens streams of a job's events. */
public final class EventStreams {
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,18}");

    private final JobBoard board;
    private final ScheduledExecutorService clock;
    private final Duration heartbeat;

    public EventStreams(JobBoard board, ScheduledExecutorService clock, Duration heartbeat) {
        this.board = board;
        this.clock = clock;
        this.heartbeat = heartbeat;
    }

    /**
     * Where a client that names the last event it has goes on. A number that this history does not
     * have (yet) comes from another one: then from the beginning.
     */
    static long position(Optional<String> lastEventId, JobState state) {
        return lastEventId
                .filter(text -> NUMBER.matcher(text).matches())
                .map(Long::parseLong)
                .filter(number -> number <= state.history().last())
                .orElse(0L);
    }

    /**
     * @param state as found; for a job that the board does not hold, all there will be
     * @param last number of the last event that the client has
     */
    Multi<OutboundSseEvent> open(JobState state, long last, Sse sse) {
        return Multi.createFrom()
                .emitter(
                        emitter -> {
                            EventStream stream =
                                    new EventStream(
                                            () -> board.find(state.id()).orElse(state),
                                            last,
                                            sse,
                                            emitter);
                            Runnable unwatch = board.watch(state.id(), stream::pump);
                            var beat =
                                    clock.scheduleAtFixedRate(
                                            stream::beat,
                                            heartbeat.toMillis(),
                                            heartbeat.toMillis(),
                                            java.util.concurrent.TimeUnit.MILLISECONDS);
                            emitter.onTermination(
                                    () -> {
                                        unwatch.run();
                                        beat.cancel(false);
                                    });
                            emitter.onRequest(more -> stream.pump());
                            stream.pump();
                        },
                        BackPressureStrategy.ERROR);
    }
}
