package dev.darkroom.standalone.chaos;

import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.queue.Topics;
import dev.darkroom.platform.kafka.KafkaSettings;
import dev.darkroom.platform.kafka.TopicReader;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** All that was said of jobs. */
final class Ledger implements AutoCloseable {
    private final Map<JobId, List<JobEvent>> events = new ConcurrentHashMap<>();
    private final TopicReader reader;

    Ledger(KafkaSettings kafka) {
        reader =
                new TopicReader(
                        kafka,
                        List.of(Topics.JOB_EVENTS),
                        record -> {
                            JobEvent event =
                                    Json.readTolerant(record.value().orElseThrow(), JobEvent.class);
                            events.computeIfAbsent(
                                            event.jobId(), id -> new CopyOnWriteArrayList<>())
                                    .add(event);
                        });
        reader.start();
    }

    List<JobEvent> of(JobId job) {
        return events.getOrDefault(job, List.of());
    }

    boolean hasEnded(JobId job) {
        return of(job).stream().anyMatch(JobEvent::isFinal);
    }

    /** The ways in which a job ended: one, where all is well. */
    Set<String> ends(JobId job) {
        Set<String> ends = new TreeSet<>();
        of(job).stream().filter(JobEvent::isFinal).map(JobEvent::type).forEach(ends::add);
        return ends;
    }

    int ended() {
        return (int) events.keySet().stream().filter(this::hasEnded).count();
    }

    /** Jobs that a worker has begun and nobody has ended. */
    List<JobId> heldBy(String worker) {
        List<JobId> held = new ArrayList<>();
        events.forEach(
                (job, all) -> {
                    Optional<JobEvent.Started> last = starts(job).reduce((first, next) -> next);
                    if (!hasEnded(job)
                            && last.filter(it -> it.worker().equals(worker)).isPresent()) {
                        held.add(job);
                    }
                });
        return held;
    }

    /** From a moment to the next time that a worker began the job; nothing where none did. */
    Optional<Duration> untilStarted(JobId job, Instant since) {
        return starts(job)
                .map(JobEvent.Started::at)
                .filter(at -> at.isAfter(since))
                .findFirst()
                .map(at -> Duration.between(since, at));
    }

    private java.util.stream.Stream<JobEvent.Started> starts(JobId job) {
        return of(job).stream()
                .filter(JobEvent.Started.class::isInstance)
                .map(JobEvent.Started.class::cast);
    }

    @Override
    public void close() {
        reader.close();
    }
}
