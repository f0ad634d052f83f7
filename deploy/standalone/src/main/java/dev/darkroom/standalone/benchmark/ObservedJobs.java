package dev.darkroom.standalone.benchmark;

import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.event.CheckpointEvent;
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
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** What the pool's topics tell of jobs and swaps while a benchmark runs. */
final class ObservedJobs implements AutoCloseable {
    /** A time in which a checkpoint was loaded beside the one that served. */
    record Swap(Instant from, Instant to) {
        double seconds() {
            return between(from, to);
        }

        boolean touches(Job job) {
            return job.started().isBefore(to) && from.isBefore(job.ended());
        }
    }

    /** From the worker's taking to its telling. */
    record Job(JobId id, Instant started, Instant ended) {
        double seconds() {
            return between(started, ended);
        }
    }

    private static double between(Instant from, Instant to) {
        return Duration.between(from, to).toNanos() / 1e9;
    }

    private final Map<JobId, Instant> started = new ConcurrentHashMap<>();
    private final Map<JobId, JobEvent> ended = new ConcurrentHashMap<>();
    private final List<CheckpointEvent> checkpoints = new CopyOnWriteArrayList<>();
    private final TopicReader reader;

    ObservedJobs(KafkaSettings kafka) {
        reader =
                new TopicReader(
                        kafka, List.of(Topics.JOB_EVENTS, Topics.CHECKPOINT_EVENTS), this::read);
        reader.start();
    }

    private void read(TopicRecord record) {
        byte[] value = record.value().orElseThrow();
        if (record.topic().equals(Topics.CHECKPOINT_EVENTS)) {
            checkpoints.add(Json.readTolerant(value, CheckpointEvent.class));
            return;
        }
        JobEvent event = Json.readTolerant(value, JobEvent.class);
        if (event instanceof JobEvent.Started) {
            started.put(event.jobId(), event.at());
        } else if (event.isFinal()) {
            ended.put(event.jobId(), event);
        }
    }

    boolean hasEnded(JobId job) {
        return ended.containsKey(job);
    }

    boolean hasFailed(JobId job) {
        return !(ended.get(job) instanceof JobEvent.Succeeded);
    }

    /** Those of the given jobs that have succeeded. */
    List<Job> succeeded(List<JobId> jobs) {
        List<Job> done = new ArrayList<>();
        for (JobId job : jobs) {
            Instant from = started.get(job);
            if (from != null && ended.get(job) instanceof JobEvent.Succeeded success) {
                done.add(new Job(job, from, success.at()));
            }
        }
        return done;
    }

    /** The swaps to a checkpoint so far. */
    List<CheckpointEvent.Swapped> swaps(CheckpointId checkpoint) {
        return checkpoints.stream()
                .filter(CheckpointEvent.Swapped.class::isInstance)
                .map(CheckpointEvent.Swapped.class::cast)
                .filter(event -> event.checkpoint().equals(checkpoint))
                .toList();
    }

    @Override
    public void close() {
        reader.close();
    }
}
