package dev.darkroom.platform.dispatch;

import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.job.Priority;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * The order in which waiting jobs are begun: start-time fair queueing (Goyal, Vin, Cheng:
 * Start-time Fair Queuing, SIGCOMM 1996) twice, between priorities by their shares and within each
 * between tenants alike; the jobs of a tenant in the order that they came. Nobody waits for ever:
 * whoever was served is behind those who were not, by the work that it was given.
 *
 * <p>Not for several threads at once.
 *
 * @param <T> a waiting job
 */
public final class FairOrder<T> {
    /** Times the ordinary work that a job is charged at most. */
    private static final double MOST = 100;

    private final Comparator<T> arrival;
    private final Function<T, Claim> claims;
    private final Map<Priority, Level> levels = new EnumMap<>(Priority.class);

    /** Tag of the last level that was chosen. */
    private double now;

    private double knownLog;
    private long known;
    private int size;

    /**
     * @param arrival which of a tenant's jobs came first; no two are equal
     */
    public FairOrder(Comparator<T> arrival, Function<T, Claim> claims) {
        this.arrival = arrival;
        this.claims = claims;
        for (Priority priority : Priority.values()) {
            levels.put(priority, new Level(priority.share()));
        }
    }

    /**
     * @return false where it was there
     */
    public boolean add(T job) {
        Claim claim = claims.apply(job);
        Level level = level(claim);
        if (level.size == 0) {
            level.tag = Math.max(level.tag, now);
        }
        Flow<T> flow = level.flows.computeIfAbsent(claim.tenant(), any -> new Flow<>(arrival));
        if (flow.waiting.isEmpty()) {
            flow.tag = Math.max(flow.tag, level.now);
        }
        boolean added = flow.waiting.add(job);
        level.size += added ? 1 : 0;
        size += added ? 1 : 0;
        return added;
    }

    /** Takes a job out that is not to be begun; nothing happens where it is not there. */
    public void remove(T job) {
        Claim claim = claims.apply(job);
        Level level = level(claim);
        Flow<T> flow = level.flows.get(claim.tenant());
        if (flow != null && flow.waiting.remove(job)) {
            level.size--;
            size--;
        }
    }

    /** Takes the job out that is to be begun next. */
    public Optional<T> next() {
        return levels.values().stream()
                .filter(level -> level.size > 0)
                .min(Comparator.comparingDouble(this::due))
                .map(this::serve);
    }

    /**
     * When a job of ordinary size would be done. By its beginning alone every priority that was
     * away would have its turn at once, and a job of no hurry go before an urgent one.
     */
    private double due(Level level) {
        return level.tag + ordinaryWork() / level.share;
    }

    /** The geometric mean, which no job can move far. */
    private double ordinaryWork() {
        return known == 0 ? 1 : Math.exp(knownLog / known);
    }

    private T serve(Level level) {
        now = level.tag;
        Flow<T> flow = level.choose();
        T job = flow.waiting.first();
        flow.waiting.remove(job);
        double work = work(claims.apply(job));
        flow.tag += work;
        level.tag += work / level.share;
        level.size--;
        size--;
        if (size == 0) {
            // Nobody waited for what was served last.
            levels.values().forEach(Level::forget);
            now = 0;
        }
        return job;
    }

    /**
     * What is not known counts as much as others on average; and what asks for far more than others
     * is not believed, or a priority would be in debt for hours for a job that no model can do.
     */
    private double work(Claim claim) {
        double work = claim.work().orElse(ordinaryWork());
        double most = known == 0 ? work : MOST * ordinaryWork();
        if (claim.work().isPresent()) {
            knownLog += Math.log(Math.max(1, work));
            known++;
        }
        return Math.min(work, most);
    }

    private Level level(Claim claim) {
        return Objects.requireNonNull(levels.get(claim.priority()));
    }

    public int size() {
        return size;
    }

    /** Takes all out, in their order. */
    public List<T> drain() {
        List<T> all = new ArrayList<>(size);
        for (Optional<T> job = next(); job.isPresent(); job = next()) {
            all.add(job.get());
        }
        return all;
    }

    private final class Level {
        final int share;
        final Map<TenantName, Flow<T>> flows = new HashMap<>();
        double tag;
        double now;
        int size;

        Level(int share) {
            this.share = share;
        }

        void forget() {
            flows.clear();
            tag = 0;
            now = 0;
        }

        /** The tenant whose turn it is: of those with jobs the one that is least ahead. */
        Flow<T> choose() {
            // Who has none is remembered while it is ahead, or it would be served anew each time
            // that it comes back.
            flows.values().removeIf(flow -> flow.waiting.isEmpty() && flow.tag <= now);
            Flow<T> chosen =
                    flows.values().stream()
                            .filter(flow -> !flow.waiting.isEmpty())
                            .min(
                                    Comparator.<Flow<T>>comparingDouble(flow -> flow.tag)
                                            .thenComparing(flow -> flow.waiting.first(), arrival))
                            .orElseThrow();
            now = chosen.tag;
            return chosen;
        }
    }

    private static final class Flow<T> {
        final TreeSet<T> waiting;
        double tag;

        Flow(Comparator<T> arrival) {
            this.waiting = new TreeSet<>(arrival);
        }
    }
}
