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
 */
public record History(List<NumberedEvent> events, long last) {
    static final History EMPTY = new History(List.of(), 0);

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
        return new History(next, last + 1);
    }

    boolean has(Class<? extends JobEvent> type) {
        return events.stream().anyMatch(numbered -> type.isInstance(numbered.event()));
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
