package dev.darkroom.platform.dispatch;

import dev.darkroom.contract.job.JobId;
import dev.darkroom.platform.kafka.RelayedRecord;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Set;

/** The jobs that wait: by their order, their ids and their deadlines. Not for several threads. */
final class WaitingJobs {
    /** In memory; some sixty thousand with prompts of ordinary length. */
    private static final long MAX_BYTES = 128L << 20;

    /** What a job takes beside its record. */
    private static final int JOB_BYTES = 1000;

    private final FairOrder<WaitingJob> order =
            new FairOrder<>(
                    Comparator.comparing(WaitingJob::record, RelayedRecord.ARRIVAL),
                    WaitingJob::claim);
    private final Map<JobId, Set<WaitingJob>> byId = new HashMap<>();
    private final Queue<WaitingJob> deadlines =
            new PriorityQueue<>(Comparator.comparing(WaitingJob::expiresAt));
    private long bytes;

    int size() {
        return order.size();
    }

    boolean isFull() {
        return bytes > MAX_BYTES;
    }

    /** Nothing happens where it is there. */
    void add(WaitingJob job) {
        if (!order.add(job)) {
            return;
        }
        job.id().ifPresent(id -> byId.computeIfAbsent(id, any -> new HashSet<>()).add(job));
        if (job.deadline().isPresent()) {
            deadlines.add(job);
        }
        bytes += JOB_BYTES + job.record().bytes();
    }

    /** Takes the one out that is to be begun next. */
    Optional<WaitingJob> next() {
        Optional<WaitingJob> next = order.next();
        next.ifPresent(this::forget);
        return next;
    }

    /** One of the records of a job. */
    Optional<WaitingJob> find(JobId id) {
        return byId.getOrDefault(id, Set.of()).stream().findAny();
    }

    /** Takes the records of a job out: more than one where it was put on the queue again. */
    List<WaitingJob> remove(JobId id) {
        List<WaitingJob> all = List.copyOf(byId.getOrDefault(id, Set.of()));
        for (WaitingJob job : all) {
            order.remove(job);
            forget(job);
        }
        return all;
    }

    /** One whose time is up; it waits on, but is not named again. */
    Optional<WaitingJob> late(Instant now) {
        return Optional.ofNullable(deadlines.peek())
                .filter(job -> !now.isBefore(job.expiresAt()))
                .map(job -> deadlines.remove());
    }

    /** Names it again where it still waits: it could not be ended. */
    void lateStill(WaitingJob job) {
        if (job.id().map(id -> byId.getOrDefault(id, Set.of()).contains(job)).orElse(false)) {
            deadlines.add(job);
        }
    }

    private void forget(WaitingJob job) {
        if (job.deadline().isPresent()) {
            deadlines.remove(job);
        }
        job.id()
                .ifPresent(
                        id ->
                                byId.computeIfPresent(
                                        id,
                                        (any, all) -> {
                                            all.remove(job);
                                            return all.isEmpty() ? null : all;
                                        }));
        bytes -= JOB_BYTES + job.record().bytes();
    }
}
