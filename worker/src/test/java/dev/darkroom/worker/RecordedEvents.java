package dev.darkroom.worker;

import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.worker.delivery.EventLog;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** Events in the order in which they were published; can be made to fail. */
public final class RecordedEvents implements EventLog {
    public final List<JobEvent> events = new CopyOnWriteArrayList<>();

    /** Called before an event is kept; throws to make publishing fail. */
    public volatile Consumer<JobEvent> before = event -> {};

    @Override
    public void publish(JobEvent event, Optional<String> traceparent) {
        before.accept(event);
        events.add(event);
    }

    @Override
    public void publishLossy(JobEvent event, Optional<String> traceparent) {
        events.add(event);
    }

    public List<String> types() {
        return events.stream().map(JobEvent::type).toList();
    }

    /** Without progress, of which there may be any number. */
    public List<String> mileStones() {
        return types().stream().filter(type -> !type.equals("progress")).toList();
    }
}
