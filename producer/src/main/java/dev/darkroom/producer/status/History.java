package dev.darkroom.producer.status;

import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.job.GenerationJob;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The events of one job that say something new, in order. Of all progress only the latest is kept,
 * so a long job takes no more memory than a short one; its number shows that others came before.
 *
 * @param acceptanceGone whether the event with which a history begins was let go
 */
public record History(List<NumberedEvent> events, long last, boolean acceptanceGone) {
    static final History EMPTY = new History(List.of(), 0, false);

    /** Redeliveries are few; this bounds what a stranger's events can take. */
    private static final int MOST = 64;

    public History {
        events = List.copyOf(events);
    }

    History with(JobEvent event) {
        List<NumberedEvent> next = new ArrayList<>(events);
        if (event instanceof JobEvent.Progress) {
            next.removeIf(earlier -> earlier.event() instanceof JobEvent.Progress);
        }
        if (next.size() == MOST) {
            next.remove(1);
        }
        next.add(new NumberedEvent(last + 1, event));
        return new History(next, last + 1, acceptanceGone);
    }

    /** Whether it has told of the job's acceptance. */
    boolean toldAcceptance() {
        return acceptanceGone
                || events.stream()
                        .anyMatch(numbered -> numbered.event() instanceof JobEvent.Accepted);
    }

    /** Without its events; what follows has the number that it would have had. */
    History withoutEvents() {
        return new History(List.of(), last, toldAcceptance());
    }

    /** The job as an earlier event tells it, where that is the same: it is held once then. */
    GenerationJob keptInPlaceOf(GenerationJob job) {
        return jobs().filter(job::equals).findFirst().orElse(job);
    }

    /** The jobs of the events that tell one. */
    Stream<GenerationJob> jobs() {
        return events.stream().flatMap(numbered -> job(numbered.event()));
    }

    private static Stream<GenerationJob> job(JobEvent event) {
        if (event instanceof JobEvent.Accepted accepted) {
            return Stream.of(accepted.job());
        }
        return event instanceof JobEvent.Started started
                ? Stream.of(started.job())
                : Stream.empty();
    }

    /** The first event with a higher number. */
    public Optional<NumberedEvent> after(long number) {
        return events.stream().filter(numbered -> numbered.number() > number).findFirst();
    }
}
