package dev.darkroom.platform.registry;

import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.checkpoint.Promotion;
import dev.darkroom.contract.error.Disposition;
import dev.darkroom.contract.event.CheckpointEvent;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.job.JobId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Judges a version of one model that is new to the jobs, by how many of them fail: a canary, and
 * for a while a version that was promoted fully. A state machine over promotions and events, and of
 * nothing else: whoever feeds it acts on what it decides.
 *
 * <p>A job counts once, by how it ended, for the version that its last {@code started} event names.
 * One that its asker ended, or whose fault it is, counts for nobody. Being started again says
 * nothing yet: workers are restarted, lose locks and wait for the store whatever the version. But a
 * version that kills workers never gets to say {@code failed}, so a job that was started under it
 * {@value #LOST_AFTER_STARTS} times counts as failed for as long as it has not ended. Failures are
 * compared with those of the version it takes over from, in the same time: when the store is away
 * both fail. A version that was promoted fully has hardly any beside it: as long as it is watched,
 * what the one before did in the window that ended with the promotion counts, too.
 *
 * <p>A version that served before is not judged when it comes back, so that a rollback is not
 * itself rolled back; whoever begins to watch later reads from the promotion whether its version is
 * new. Not for use by several threads.
 */
public final class CanaryWatch {
    private static final int MOST_RUNNING = 10_000;
    private static final int MOST_OUTCOMES = 20_000;
    private static final int MOST_BEFORE = 1_000;
    private static final int MOST_REFUSALS = 1_000;
    private static final int LOST_AFTER_STARTS = 3;

    /** What follows. */
    public enum Verdict {
        /** Not enough is known, or there is nothing to judge. */
        WAIT,
        /** The version on trial has proved itself: it may get all jobs. */
        PROMOTE,
        /** {@link Decision#target} is to serve, alone. */
        ROLLBACK
    }

    /**
     * @param judged the promotion that stood: the decision holds for no other
     * @param target the version that is to serve alone by that verdict; nothing where one waits
     * @param reason for a person
     */
    public record Decision(
            Verdict verdict,
            Optional<Promotion> judged,
            Optional<CheckpointVersion> target,
            String reason) {}

    /**
     * @param window how far back jobs count
     * @param trial how long a canary is tried at least before it is promoted
     * @param probation how long a version is watched after its promotion
     * @param leastFailures below these nothing is rolled back
     * @param leastJobs that a canary must have ended before it is promoted
     * @param margin share of failed jobs, 0..1, by which a version may be worse than the one before
     */
    public record Rules(
            Duration window,
            Duration trial,
            Duration probation,
            int leastFailures,
            int leastJobs,
            double margin) {
        public static final Rules DEFAULT =
                new Rules(
                        Duration.ofMinutes(30),
                        Duration.ofMinutes(10),
                        Duration.ofMinutes(30),
                        3,
                        20,
                        0.1);

        public Rules {
            if (leastFailures < 1 || leastJobs < 1 || !(margin >= 0 && margin < 1)) {
                throw new IllegalArgumentException(
                        "failures "
                                + leastFailures
                                + " and jobs "
                                + leastJobs
                                + " must be positive, margin "
                                + margin
                                + " within 0..1");
            }
        }
    }

    private record Outcome(CheckpointVersion version, Instant at, boolean failed) {}

    /**
     * A job that was started and has not ended.
     *
     * @param attempt the last
     * @param at when that was started
     * @param starts under this version since it had another
     */
    private record Running(CheckpointVersion version, int attempt, Instant at, int starts) {
        static Running of(JobEvent.Started started) {
            return new Running(started.checkpoint(), started.attempt(), started.at(), 1);
        }

        Running again(JobEvent.Started started) {
            int before = started.checkpoint().equals(version) ? starts : 0;
            return new Running(started.checkpoint(), started.attempt(), started.at(), before + 1);
        }

        boolean isLost() {
            return starts >= LOST_AFTER_STARTS;
        }
    }

    private record Count(int jobs, int failed) {
        Count with(List<Outcome> more) {
            int failures = (int) more.stream().filter(Outcome::failed).count();
            return new Count(jobs + more.size(), failed + failures);
        }

        double share() {
            return jobs == 0 ? 0 : (double) failed / jobs;
        }

        @Override
        public String toString() {
            return failed + " of " + jobs + " jobs failed";
        }
    }

    /**
     * A version on trial and the one it takes over from.
     *
     * @param since when the trial began
     * @param promotions when each of the promotions was made that it is known to have had in this
     *     trial
     */
    private record Trial(
            CheckpointVersion version,
            CheckpointVersion before,
            Instant since,
            List<Instant> promotions,
            boolean canary) {
        boolean isSameAs(Trial other) {
            return version.equals(other.version()) && canary == other.canary();
        }

        Trial goesOn(Instant promotedAt) {
            List<Instant> all = new ArrayList<>(promotions);
            all.add(promotedAt);
            return new Trial(version, before, since, List.copyOf(all), canary);
        }
    }

    /**
     * What a worker refused. Both halves come from the promotion's own record, so that neither the
     * order in which topics are read nor the clock of any machine matters.
     */
    private record RefusalKey(CheckpointVersion version, Instant promotedAt) {}

    private final ModelName model;
    private final Rules rules;
    private final Set<CheckpointVersion> servedBefore = new HashSet<>();
    private final Map<JobId, Outcome> outcomes = latest(MOST_OUTCOMES);

    /** The last of the version before, by jobs that ended before a promotion under watch. */
    private final Map<JobId, Outcome> outcomesBefore = latest(MOST_BEFORE);

    private final Map<JobId, Running> running = latest(MOST_RUNNING);
    private final Map<RefusalKey, String> refusals = latest(MOST_REFUSALS);
    private Optional<Promotion> standing = Optional.empty();
    private Optional<Trial> trial = Optional.empty();

    public CanaryWatch(ModelName model, Rules rules) {
        this.model = model;
        this.rules = rules;
    }

    /** Of more than so many it forgets those that came first. */
    private static <K, V> Map<K, V> latest(int most) {
        return new LinkedHashMap<>() {
            @Override
            protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
                return size() > most;
            }
        };
    }

    /** A promotion of the model, in the order of the topic; others are passed over. */
    public void follow(Promotion promotion) {
        if (!promotion.model().equals(model)) {
            return;
        }
        Optional<Trial> next =
                promotion
                        .canary()
                        .map(Promotion.Canary::version)
                        .map(
                                canary ->
                                        new Trial(
                                                canary,
                                                promotion.version(),
                                                promotion.promotedAt(),
                                                List.of(promotion.promotedAt()),
                                                true))
                        .or(() -> probation(promotion));
        // A trial whose share grows is the same trial.
        Optional<Trial> same = trial.filter(now -> next.filter(now::isSameAs).isPresent());
        trial = same.map(now -> now.goesOn(promotion.promotedAt())).or(() -> next);
        if (same.isEmpty()) {
            keepOutcomesBefore();
        }
        servedBefore.add(promotion.version());
        servedBefore.addAll(promotion.history());
        standing = Optional.of(promotion);
    }

    private Optional<Trial> probation(Promotion promotion) {
        if (servedBefore.contains(promotion.version())) {
            // Again what it was, at another time: the probation under way goes on.
            return trial.filter(now -> !now.canary() && now.version().equals(promotion.version()));
        }
        // Of a record that does not say, made by hand, only who saw what it follows can tell.
        Optional<Instant> since =
                promotion.newSince().or(() -> standing.map(before -> promotion.promotedAt()));
        // Compacted away, what stood last need not be what this one took over from.
        Optional<CheckpointVersion> before =
                promotion.history().stream().findFirst().or(() -> standing.map(Promotion::version));
        return since.flatMap(
                from ->
                        before.map(
                                version ->
                                        new Trial(
                                                promotion.version(),
                                                version,
                                                from,
                                                List.of(promotion.promotedAt()),
                                                false)));
    }

    /** Later jobs push the earlier out of the outcomes, and time does. */
    private void keepOutcomesBefore() {
        outcomesBefore.clear();
        outcomes.forEach(
                (job, outcome) -> {
                    if (isOfBefore(outcome)) {
                        outcomesBefore.put(job, outcome);
                    }
                });
    }

    private boolean isOfBefore(Outcome outcome) {
        return trial.filter(now -> !now.canary())
                .filter(now -> now.before().equals(outcome.version()))
                .filter(now -> !outcome.at().isAfter(now.since()))
                .filter(now -> !outcome.at().isBefore(now.since().minus(rules.window())))
                .isPresent();
    }

    /** What happened to a job, of whichever model. */
    public void accept(JobEvent event) {
        if (event instanceof JobEvent.Started started) {
            if (started.job().model().equals(model)) {
                start(started);
            }
            return;
        }
        if (!event.isFinal()) {
            return;
        }
        Running ended = running.remove(event.jobId());
        if (ended != null && speaksOfTheVersion(event)) {
            Outcome outcome =
                    new Outcome(ended.version(), event.at(), event instanceof JobEvent.Failed);
            outcomes.put(event.jobId(), outcome);
            if (isOfBefore(outcome)) {
                outcomesBefore.put(event.jobId(), outcome);
            }
        }
    }

    /** Events may come twice, and this one after the end. */
    private void start(JobEvent.Started started) {
        if (outcomes.containsKey(started.jobId()) || outcomesBefore.containsKey(started.jobId())) {
            return;
        }
        Running before = running.get(started.jobId());
        if (before == null) {
            running.put(started.jobId(), Running.of(started));
        } else if (before.attempt() < started.attempt()) {
            running.put(started.jobId(), before.again(started));
        }
    }

    /** What askers ended, by a wrong request or because they no longer want it, says nothing. */
    private static boolean speaksOfTheVersion(JobEvent end) {
        return end instanceof JobEvent.Succeeded
                || (end instanceof JobEvent.Failed failed
                        && failed.code().disposition() != Disposition.USER);
    }

    /**
     * What happened to a checkpoint, of whichever model: a worker may refuse the one on trial, and
     * that may be read before the promotion that it refuses.
     */
    public void accept(CheckpointEvent event) {
        if (event instanceof CheckpointEvent.Refused refused && event.model().equals(model)) {
            refused.promotedAt()
                    .ifPresent(
                            promotedAt ->
                                    refusals.put(
                                            new RefusalKey(refused.version(), promotedAt),
                                            refused.worker()
                                                    + " refuses it: "
                                                    + refused.code()
                                                    + ": "
                                                    + refused.message()));
        }
    }

    private Optional<String> refusal(Trial of) {
        return of.promotions().stream()
                .map(promotedAt -> new RefusalKey(of.version(), promotedAt))
                .flatMap(key -> Optional.ofNullable(refusals.get(key)).stream())
                .findFirst();
    }

    /** Forgets the jobs, for one who has stopped telling of them and may tell of them again. */
    public void forgetJobs() {
        outcomes.clear();
        outcomesBefore.clear();
        running.clear();
    }

    /** From when on jobs count, where there is a version to judge. */
    public Optional<Instant> countsSince(Instant now) {
        return trial.filter(current -> isTrying(now))
                .map(current -> current.canary() ? now : current.since())
                .map(until -> until.minus(rules.window()));
    }

    /** Whether there is a version to judge: only then need jobs be told of. */
    public boolean isTrying(Instant now) {
        return trial.filter(current -> current.canary() || !isProven(current, now)).isPresent();
    }

    private boolean isProven(Trial current, Instant now) {
        return now.isAfter(current.since().plus(rules.probation()));
    }

    /**
     * @param now at least as late as the events that came so far
     */
    public Decision decide(Instant now) {
        Instant from = now.minus(rules.window());
        outcomes.values().removeIf(outcome -> outcome.at().isBefore(from));
        if (trial.isEmpty()) {
            return waiting("nothing is on trial");
        }
        Trial current = trial.get();
        if (!current.canary() && isProven(current, now)) {
            trial = Optional.empty();
            return waiting(current.version() + " has served its probation");
        }
        Count tried = count(current.version(), from);
        Count beside = count(current.before(), from);
        Count before = beside.with(outcomesBeforeThat());
        String figures = current.version() + ": " + tried + ", " + current.before() + ": " + before;
        // Few jobs beside say nothing; where many fail, what is amiss is not the version.
        double usual =
                beside.failed() < rules.leastFailures()
                        ? before.share()
                        : Math.max(before.share(), beside.share());
        boolean worse = tried.share() > usual + rules.margin();
        Optional<String> refusal = refusal(current);
        if (refusal.isPresent() || (worse && tried.failed() >= rules.leastFailures())) {
            return new Decision(
                    Verdict.ROLLBACK,
                    standing,
                    Optional.of(current.before()),
                    refusal.orElse(figures));
        }
        boolean longEnough = !now.isBefore(current.since().plus(rules.trial()));
        if (current.canary() && longEnough && !worse && tried.jobs() >= rules.leastJobs()) {
            return new Decision(Verdict.PROMOTE, standing, Optional.of(current.version()), figures);
        }
        return waiting(figures);
    }

    private Decision waiting(String reason) {
        return new Decision(Verdict.WAIT, standing, Optional.empty(), reason);
    }

    /** Those that are not counted among the jobs of now. */
    private List<Outcome> outcomesBeforeThat() {
        return outcomesBefore.entrySet().stream()
                .filter(each -> !outcomes.containsKey(each.getKey()))
                .map(Map.Entry::getValue)
                .toList();
    }

    private Count count(CheckpointVersion version, Instant from) {
        int jobs = 0;
        int failed = 0;
        for (Outcome outcome : outcomes.values()) {
            if (outcome.version().equals(version)) {
                jobs++;
                failed += outcome.failed() ? 1 : 0;
            }
        }
        for (Running job : running.values()) {
            if (job.version().equals(version) && job.isLost() && !job.at().isBefore(from)) {
                jobs++;
                failed++;
            }
        }
        return new Count(jobs, failed);
    }
}
