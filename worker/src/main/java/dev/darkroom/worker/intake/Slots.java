package dev.darkroom.worker.intake;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/** The slots of a worker, each on a thread of its own. */
public final class Slots implements AutoCloseable {
    private static final Duration MARGIN = Duration.ofSeconds(15);

    /**
     * What every slot goes by.
     *
     * @param backoff between tries to reach the broker
     * @param grace how long jobs may go on when the worker is to stop
     * @param silence how long a job may show no sign of life before it is given back; more than any
     *     call of a stage takes
     */
    public record Rules(Backoff backoff, Duration grace, Duration silence, JobObserver observer) {}

    private final String worker;
    private final Function<String, JobSource> sources;
    private final JobHandler handler;
    private final Rules rules;
    private final List<Slot> slots = new CopyOnWriteArrayList<>();
    private final List<Thread> threads = new CopyOnWriteArrayList<>();

    /**
     * With no slot yet.
     *
     * @param worker this worker's name
     * @param sources makes the consumer of a slot of that name
     */
    public Slots(
            String worker, Function<String, JobSource> sources, JobHandler handler, Rules rules) {
        this.worker = worker;
        this.sources = sources;
        this.handler = handler;
        this.rules = rules;
    }

    /**
     * Runs so many jobs at once from now on, or as many as before where those are more. Not to be
     * called once it is closed.
     *
     * @return whether there are more than before
     */
    public synchronized boolean growTo(int count) {
        int before = slots.size();
        for (int i = before; i < count; i++) {
            String name = worker + "-" + i;
            Slot slot = new Slot(name, sources.apply(name), handler, rules);
            slots.add(slot);
            Thread thread = new Thread(slot, name);
            thread.setDaemon(true);
            threads.add(thread);
            thread.start();
        }
        return count > before;
    }

    /** Whether every slot takes jobs, as far as this side can tell. */
    public boolean areConsuming() {
        return slots.stream().allMatch(Slot::isConsuming);
    }

    /** How many slots have a job that stands still. */
    public long hung() {
        return slots.stream().filter(Slot::isHung).count();
    }

    /** Takes no more jobs, lets those that run end within the grace, gives the others back. */
    @Override
    public void close() {
        slots.forEach(Slot::stop);
        long end = System.nanoTime() + rules.grace().plus(MARGIN).toNanos();
        try {
            for (Thread thread : threads) {
                thread.join(Math.max(1, (end - System.nanoTime()) / 1_000_000));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
