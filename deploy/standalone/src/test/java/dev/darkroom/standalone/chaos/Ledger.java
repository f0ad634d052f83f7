package dev.darkroom.standalone.chaos;

import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.queue.Topics;
import dev.darkroom.platform.kafka.KafkaSettings;
import dev.darkroom.platform.kafka.TopicReader;
import dev.darkroom.platform.kafka.TopicRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** All that was said of jobs. */
final class Ledger implements AutoCloseable {
    private final Map<JobId, List<JobEvent>> events = new ConcurrentHashMap<>();
    private final Map<JobId, List<Instant>> signs = new ConcurrentHashMap<>();
    private final Set<String> buried = ConcurrentHashMap.newKeySet();
    private final TopicReader reader;

    Ledger(KafkaSettings kafka) {
        reader = new TopicReader(kafka, List.of(Topics.JOB_EVENTS, Topics.DEAD_JOBS), this::note);
        reader.start();
    }

    private void note(TopicRecord record) {
        if (record.topic().equals(Topics.DEAD_JOBS)) {
            buried.add(record.key().orElseThrow());
            return;
        }
        JobEvent event = Json.readTolerant(record.value().orElseThrow(), JobEvent.class);
        if (event.isFinal() || event instanceof JobEvent.Started) {
            // An end that is told again says when the job ended, and not when it was told.
            signs.computeIfAbsent(event.jobId(), id -> new CopyOnWriteArrayList<>())
                    .add(record.at());
        }
        events.computeIfAbsent(event.jobId(), id -> new CopyOnWriteArrayList<>()).add(event);
    }

    /** Waits until it has all that was said until now. */
    boolean catchUp() {
        return reader.awaitCaughtUp(Duration.ofSeconds(5));
    }

    /** Whether there is a dead letter of the job. */
    boolean isBuried(JobId job) {
        return buried.contains(job.value());
    }

    List<JobEvent> of(JobId job) {
        return events.getOrDefault(job, List.of());
    }

    boolean hasEnded(JobId job) {
        return of(job).stream().anyMatch(JobEvent::isFinal);
    }

    boolean hasStarted(JobId job) {
        return starts(job).findAny().isPresent();
    }

    /** The ends that were told of a job: one, however often it was told, where all is well. */
    Set<JobEvent> ends(JobId job) {
        return of(job).stream().filter(JobEvent::isFinal).collect(Collectors.toSet());
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

    /** Whether any but one worker has begun a job with the version. */
    boolean hasBegunWith(CheckpointVersion version, String except, Instant since) {
        return events.values().stream()
                .flatMap(List::stream)
                .filter(JobEvent.Started.class::isInstance)
                .map(JobEvent.Started.class::cast)
                .anyMatch(
                        start ->
                                start.checkpoint().equals(version)
                                        && !start.worker().equals(except)
                                        && start.at().isAfter(since));
    }

    /**
     * From a moment to the next time that a worker began the job or its end was told; nothing where
     * neither happened.
     */
    Optional<Duration> untilSign(JobId job, Instant since) {
        return signs.getOrDefault(job, List.of()).stream()
                .filter(at -> at.isAfter(since))
                .findFirst()
                .map(at -> Duration.between(since, at));
    }

    /** How often a worker has begun the job. */
    long begins(JobId job) {
        return starts(job).count();
    }

    private Stream<JobEvent.Started> starts(JobId job) {
        return of(job).stream()
                .filter(JobEvent.Started.class::isInstance)
                .map(JobEvent.Started.class::cast);
    }

    @Override
    public void close() {
        reader.close();
    }
}
