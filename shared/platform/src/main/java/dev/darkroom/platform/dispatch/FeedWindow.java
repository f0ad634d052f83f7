package dev.darkroom.platform.dispatch;

import dev.darkroom.contract.job.JobId;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * How many jobs may lie before the workers that none has begun: as few as keep every slot at work,
 * for what lies there is out of the dispatcher's hands, and a more urgent job comes after it.
 *
 * <p>Nobody tells how many slots are free. A job that is begun at once shows that one was, so the
 * window grows by one for each; a job that had to wait shows that none was, and the window shrinks
 * to what is begun in a quarter of a second. A job that nobody begins for long (its worker died
 * between, or its event was lost) leaves its place to another, after twice as long each time.
 *
 * <p>Not for several threads at once.
 */
final class FeedWindow {
    static final int FIRST = 2;
    static final int LARGEST = 256;

    static final Duration AT_ONCE = Duration.ofMillis(250);
    static final Duration PATIENCE = Duration.ofSeconds(3);

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final int REMEMBERED = 1000;

    private final LongSupplier nanoTime;
    private final Map<JobId, Long> lying = new LinkedHashMap<>();
    private final Map<JobId, Long> overdue = new LinkedHashMap<>();
    private final Deque<Long> begun = new ArrayDeque<>();
    private int size = FIRST;
    private long patience = PATIENCE.toNanos();
    private long lastAt;

    FeedWindow(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.lastAt = nanoTime.getAsLong();
    }

    /** Whether another may be put before the workers. */
    boolean isOpen() {
        long now = nanoTime.getAsLong();
        if (lying.isEmpty() && now - lastAt > SECOND.toNanos()) {
            // What was needed when there was much to do says nothing about the next jobs.
            size = FIRST;
        }
        if (lying.size() >= size) {
            giveUp(now);
        }
        return lying.size() < size;
    }

    private void giveUp(long now) {
        boolean any = false;
        Iterator<Map.Entry<JobId, Long>> eldest = lying.entrySet().iterator();
        while (eldest.hasNext()) {
            Map.Entry<JobId, Long> next = eldest.next();
            if (now - next.getValue() <= patience) {
                break;
            }
            overdue.put(next.getKey(), next.getValue());
            eldest.remove();
            any = true;
        }
        patience *= any ? 2 : 1;
        while (overdue.size() > REMEMBERED) {
            overdue.remove(overdue.keySet().iterator().next());
        }
    }

    void put(JobId job) {
        lastAt = nanoTime.getAsLong();
        lying.put(job, lastAt);
    }

    /** It was not put there after all. */
    void forget(JobId job) {
        lying.remove(job);
    }

    /** A worker has the job. */
    void began(JobId job) {
        Long late = overdue.remove(job);
        Long at = lying.remove(job);
        Long since = at == null ? late : at;
        if (since == null) {
            return;
        }
        long now = nanoTime.getAsLong();
        lastAt = now;
        begun.addLast(now);
        while (now - begun.getFirst() > SECOND.toNanos()) {
            begun.removeFirst();
        }
        long lay = now - since;
        patience = Math.max(PATIENCE.toNanos(), 2 * lay);
        size =
                lay <= AT_ONCE.toNanos()
                        ? Math.min(LARGEST, size + 1)
                        : Math.max(1, begun.size() / 4);
    }

    void clear() {
        lying.clear();
        overdue.clear();
        begun.clear();
        size = FIRST;
        patience = PATIENCE.toNanos();
    }
}
