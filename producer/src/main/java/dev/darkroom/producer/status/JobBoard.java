package dev.darkroom.producer.status;

import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.event.JobOutcome;
import dev.darkroom.contract.job.GenerationRequest;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.JobRecord;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The jobs that this producer has heard of, in memory; for all threads.
 *
 * <p>Bounded: where it grows beyond its capacity the oldest finished jobs go, for which the bucket
 * answers. Of those that wait or run nobody else could tell: where nothing is finished the oldest
 * lose their prompts and events, and take a quarter of the room. Only where that is not enough
 * either the oldest of all go (an event that follows brings such a job back). A job with a long
 * prompt or a long history counts for more than one, so that the bound is one on memory.
 */
public final class JobBoard {
    private static final Logger LOG = LoggerFactory.getLogger(JobBoard.class);

    /** Weight of a job with a prompt of ordinary length; of a shortened one it is 1. */
    private static final int WHOLE = 4;

    private static final int MOST_OUTLINES = 1000;
    private static final int CHARACTERS_PER_UNIT = 2000;
    private static final int CHARACTERS_PER_EVENT = 150;
    private static final Comparator<JobState> LATEST_FIRST =
            Comparator.comparing(
                            (JobState state) -> state.acceptedAt().orElse(Instant.EPOCH),
                            Comparator.reverseOrder())
                    .thenComparing(JobState::id);

    private static final int LONG_LINE = 2000;
    private static final long SECOND = 1_000_000_000;

    private final long capacity;
    private final Throughput throughput = new Throughput();
    private final Map<JobId, JobState> jobs = new LinkedHashMap<>();
    private final LinkedHashSet<JobId> finished = new LinkedHashSet<>();
    private final Map<JobId, JobState> unfinished = new LinkedHashMap<>();

    /** Those of the unfinished that take more room than they must. */
    private final LinkedHashSet<JobId> whole = new LinkedHashSet<>();

    private final Map<JobId, List<Runnable>> watchers = new HashMap<>();

    /** What shortened jobs ask of the pool, each once: most ask for the same. */
    private final Map<GenerationRequest, GenerationRequest> outlines =
            new LinkedHashMap<>() {
                @Override
                protected boolean removeEldestEntry(
                        Map.Entry<GenerationRequest, GenerationRequest> eldest) {
                    return size() > MOST_OUTLINES;
                }
            };

    private final ForgottenJobs forgotten = new ForgottenJobs();
    private long weight;
    private volatile Instant latest = Instant.EPOCH;
    private volatile WaitingLine line =
            WaitingLine.of(List.of(), Instant.EPOCH, LATEST_FIRST, Optional.empty());
    private volatile long lineAt;

    /**
     * @param capacity number of jobs with prompts of ordinary length; of unfinished ones it knows
     *     four times as many
     */
    public JobBoard(int capacity) {
        this.capacity = (long) WHOLE * capacity;
    }

    /**
     * A job's record was on the work topic. It may be read long after the events of its end, from
     * another topic: one that has ended and is held no longer must not seem to wait again.
     */
    public void seen(JobRecord record, Instant at) {
        if (!hasEndedBefore(record.id())) {
            update(record.id(), state -> state.with(record, at));
        }
    }

    private synchronized boolean hasEndedBefore(JobId id) {
        return !jobs.containsKey(id) && forgotten.hasEnded(id);
    }

    public void happened(JobEvent event) {
        update(event.jobId(), state -> state.with(event));
    }

    /** A job's outcome is in the bucket. */
    public void found(JobOutcome outcome) {
        update(outcome.end().jobId(), state -> state.with(outcome));
    }

    /** Whether a job that is not held may wait or run: there was no room for it. */
    public synchronized boolean mayWait(JobId id) {
        return forgotten.mayWait(id);
    }

    public synchronized Optional<JobState> find(JobId id) {
        return Optional.ofNullable(jobs.get(id));
    }

    /** The jobs that came last, the latest first. */
    public List<JobState> latest(int limit, Predicate<JobState> which) {
        // Chosen outside the lock, which the topics' reader needs for every event.
        PriorityQueue<JobState> chosen = new PriorityQueue<>(LATEST_FIRST.reversed());
        for (JobState state : all()) {
            if (which.test(state)) {
                chosen.add(state);
            }
            if (chosen.size() > limit) {
                chosen.remove();
            }
        }
        return chosen.stream().sorted(LATEST_FIRST).toList();
    }

    private synchronized List<JobState> all() {
        return new ArrayList<>(jobs.values());
    }

    /** Few beside those that are done, and asked for with every job that is submitted. */
    private synchronized List<JobState> unfinished() {
        return new ArrayList<>(unfinished.values());
    }

    /**
     * Where a job stands that waits, in the order that jobs are begun; nothing for one that does
     * not. Jobs that were forgotten for want of room are not counted.
     */
    public Optional<QueuePlace> place(JobState waiting) {
        WaitingLine now = line;
        // A long line is looked at anew once a second: ordering it takes longer than it is worth.
        if (now.length() < LONG_LINE || System.nanoTime() - lineAt > SECOND) {
            now =
                    WaitingLine.of(
                            unfinished(), latest, LATEST_FIRST.reversed(), throughput.measure());
            line = now;
            lineAt = System.nanoTime();
        }
        return now.place(waiting.id());
    }

    /**
     * The versions that jobs which are not done insist on or are being made with, of any model: a
     * version names what is in it.
     */
    public Set<CheckpointVersion> versionsInUse() {
        Set<CheckpointVersion> inUse = new HashSet<>();
        for (JobState state : unfinished()) {
            state.request().flatMap(GenerationRequest::version).ifPresent(inUse::add);
            state.attempt().flatMap(Attempt::checkpoint).ifPresent(inUse::add);
        }
        return inUse;
    }

    /**
     * What a tenant has asked for.
     *
     * @param openSince jobs from before do not count as open, whatever is known of them
     * @param recentSince of which on its jobs are told one by one
     */
    public TenantLoad load(TenantName tenant, Instant openSince, Instant recentSince) {
        int open = 0;
        List<TenantLoad.Asked> recent = new ArrayList<>();
        for (JobState state : all()) {
            Instant at = state.acceptedAt().orElse(Instant.EPOCH);
            if (state.tenant().filter(tenant::equals).isEmpty()) {
                continue;
            }
            if (state.end().isEmpty() && at.isAfter(openSince)) {
                open++;
            }
            if (at.isAfter(recentSince)) {
                recent.add(new TenantLoad.Asked(at, state.count()));
            }
        }
        return new TenantLoad(open, recent);
    }

    public synchronized int size() {
        return jobs.size();
    }

    /**
     * Calls the watcher after every change of the job, also when it is forgotten, from the thread
     * that made the change; it must be quick.
     *
     * @return ends the watch
     */
    public synchronized Runnable watch(JobId id, Runnable watcher) {
        watchers.computeIfAbsent(id, unused -> new ArrayList<>()).add(watcher);
        return () -> unwatch(id, watcher);
    }

    private synchronized void unwatch(JobId id, Runnable watcher) {
        List<Runnable> others = watchers.get(id);
        if (others != null) {
            others.remove(watcher);
            if (others.isEmpty()) {
                watchers.remove(id);
            }
        }
    }

    /** Number of watches that go on. */
    public synchronized int watchers() {
        return watchers.values().stream().mapToInt(List::size).sum();
    }

    private void update(JobId id, UnaryOperator<JobState> change) {
        // Watchers are told outside the lock: they write to connections.
        change(id, change).forEach(Runnable::run);
    }

    private synchronized List<Runnable> change(JobId id, UnaryOperator<JobState> change) {
        @Nullable JobState before = jobs.get(id);
        JobState after = change.apply(before == null ? JobState.unheardOf(id) : before);
        if (after.equals(before)) {
            return List.of();
        }
        put(before, after);
        after.acceptedAt().filter(latest::isBefore).ifPresent(at -> latest = at);
        if (before != null && before.end().isEmpty()) {
            measure(after);
        }
        List<Runnable> told = new ArrayList<>(watchers.getOrDefault(id, List.of()));
        while (weight > capacity && jobs.size() > 1) {
            told.addAll(makeRoom());
        }
        return told;
    }

    private void put(@Nullable JobState before, JobState after) {
        JobId id = after.id();
        jobs.put(id, after);
        if (before == null) {
            forgotten.held(id);
        }
        long now = weight(after);
        weight += now - (before == null ? 0 : weight(before));
        boolean ended = after.end().isPresent();
        if (ended) {
            unfinished.remove(id);
            finished.add(id);
        } else {
            unfinished.put(id, after);
        }
        if (ended || now == 1) {
            whole.remove(id);
        } else {
            whole.add(id);
        }
    }

    /** Counts a job that has just succeeded. */
    private void measure(JobState state) {
        Optional<Instant> end =
                state.end().filter(JobEvent.Succeeded.class::isInstance).map(JobEvent::at);
        Optional<Instant> start = state.attempt().flatMap(Attempt::startedAt);
        if (end.isPresent() && start.isPresent()) {
            state.request().ifPresent(request -> throughput.ran(request, start.get(), end.get()));
        }
    }

    private List<Runnable> makeRoom() {
        if (!finished.isEmpty()) {
            JobId oldest = finished.iterator().next();
            forgotten.ended(oldest);
            return forget(oldest);
        }
        if (!whole.isEmpty()) {
            JobId oldest = whole.iterator().next();
            JobState state = Objects.requireNonNull(unfinished.get(oldest));
            put(state, state.shorten(this::shared));
            return watchers.getOrDefault(oldest, List.of());
        }
        if (!forgotten.isAnyWaiting()) {
            LOG.warn(
                    "More jobs wait than there is room for: of the oldest nothing is known here."
                            + " darkroom.producer.remembered-jobs makes more room");
        }
        JobId oldest = jobs.keySet().iterator().next();
        forgotten.waiting(oldest);
        return forget(oldest);
    }

    private List<Runnable> forget(JobId id) {
        finished.remove(id);
        unfinished.remove(id);
        whole.remove(id);
        JobState gone = jobs.remove(id);
        weight -= gone == null ? 0 : weight(gone);
        return watchers.getOrDefault(id, List.of());
    }

    private GenerationRequest shared(GenerationRequest outline) {
        GenerationRequest known = outlines.putIfAbsent(outline, outline);
        return known == null ? outline : known;
    }

    private static long weight(JobState state) {
        if (state.shortened()) {
            return 1L + state.history().events().size();
        }
        Set<String> texts = Collections.newSetFromMap(new IdentityHashMap<>());
        state.request()
                .ifPresent(
                        (GenerationRequest request) -> {
                            texts.add(request.prompt());
                            request.negativePrompt().ifPresent(texts::add);
                        });
        state.history()
                .jobs()
                .forEach(
                        job -> {
                            texts.add(job.prompt());
                            texts.add(job.negativePrompt());
                        });
        long characters = texts.stream().mapToLong(String::length).sum();
        characters += (long) CHARACTERS_PER_EVENT * state.history().events().size();
        if (state.end().orElse(null) instanceof JobEvent.Failed failed) {
            characters += failed.message().length();
        }
        return WHOLE * (1 + characters / CHARACTERS_PER_UNIT);
    }
}
