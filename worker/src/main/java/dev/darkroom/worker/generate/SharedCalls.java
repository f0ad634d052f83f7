package dev.darkroom.worker.generate;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The calls that a worker's jobs make of its models: one at a time, each for as many jobs as want
 * the same just then.
 *
 * <p>What can share a call is a group. Jobs that will ask again and again take a {@link Seat} in
 * it, and a call waits until each of them has asked or there is no room for more; not for long,
 * since a job may be busy with something else, and never for one that is alone. Whatever waited
 * longest goes first, so that no group keeps another from its turn. The threads of the jobs make
 * the calls themselves: whoever stands first in a call makes it for the others.
 */
final class SharedCalls {
    /**
     * What a group asks for.
     *
     * @param <Q> a job's part of a call
     * @param <A> what the job gets for it
     */
    interface Call<Q, A> {
        /** Rows of the batch that a request takes, at least 1. */
        int rows(Q request);

        /**
         * @return one answer for each request
         */
        List<A> answer(List<Q> requests);
    }

    /** What a call for a batch made of several requests gives each of them. */
    @FunctionalInterface
    interface Slices<A> {
        /** Rows {@code from} (inclusive) to {@code to} (exclusive). */
        A rows(int from, int to);
    }

    /** A call waits for latecomers no longer than such a part of what the last one took. */
    private static final int PATIENCE_DIVISOR = 4;

    private static final long MOST_PATIENCE = TimeUnit.MILLISECONDS.toNanos(250);
    private static final Logger LOG = LoggerFactory.getLogger(SharedCalls.class);

    private final LongSupplier nanoTime;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Object, Group<?, ?>> groups = new HashMap<>();
    private boolean calling;

    SharedCalls() {
        this(System::nanoTime);
    }

    /**
     * @param nanoTime as {@link System#nanoTime}
     */
    SharedCalls(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** One request, waiting for its answer. */
    private static final class Waiting<Q, A> {
        final Q request;
        final long since;
        final Condition changed;
        Optional<A> answer = Optional.empty();
        @Nullable DarkroomException failure;
        boolean isOver;

        /** What this one is to call for, itself included. */
        List<Waiting<Q, A>> led = List.of();

        Waiting(Q request, long since, Condition changed) {
            this.request = request;
            this.since = since;
            this.changed = changed;
        }
    }

    private static final class Group<Q, A> {
        final Object key;
        final Call<Q, A> call;
        final ArrayDeque<Waiting<Q, A>> waiting = new ArrayDeque<>();
        int maxRows;
        int seats;
        long patience;
        long calledAt;

        Group(Object key, Call<Q, A> call, int maxRows, long now) {
            this.calledAt = now;
            this.key = key;
            this.call = call;
            this.maxRows = maxRows;
        }

        boolean isReady(long now) {
            return !waiting.isEmpty()
                    && (waiting.size() >= seats || isFull() || now - readyAt() >= 0);
        }

        private boolean isFull() {
            return waiting.stream().mapToInt(one -> call.rows(one.request)).sum() >= maxRows;
        }

        /**
         * Counted from the end of its own last call at the earliest: whoever was in that has to
         * come back first, and one that waited through it would go without them for ever.
         */
        long readyAt() {
            return Math.max(waiting.element().since - calledAt, 0) + calledAt + patience;
        }

        /** Takes those who go together, in the order in which they came. */
        List<Waiting<Q, A>> takeNext() {
            List<Waiting<Q, A>> next = new ArrayList<>();
            int rows = 0;
            for (Iterator<Waiting<Q, A>> all = waiting.iterator(); all.hasNext(); ) {
                Waiting<Q, A> one = all.next();
                rows += call.rows(one.request);
                if (!next.isEmpty() && rows > maxRows) {
                    break;
                }
                next.add(one);
                all.remove();
            }
            return next;
        }

        void begin() {
            List<Waiting<Q, A>> next = takeNext();
            next.get(0).led = next;
            next.get(0).changed.signal();
        }
    }

    /** The intention to ask again; calls wait for whoever sits, as long as they may. */
    final class Seat<Q, A> implements AutoCloseable {
        private final Group<Q, A> group;

        private Seat(Group<Q, A> group) {
            this.group = group;
        }

        A ask(Q request) {
            return SharedCalls.this.ask(() -> group, request);
        }

        @Override
        public void close() {
            lock.lock();
            try {
                group.seats--;
                forget(group);
                beginNext();
            } finally {
                lock.unlock();
            }
        }
    }

    /**
     * @param key equal for what can share a call; the call that came first with it is made
     * @param maxRows of one call; a request with more goes alone
     */
    <Q, A> Seat<Q, A> sit(Object key, Call<Q, A> call, int maxRows) {
        lock.lock();
        try {
            Group<Q, A> group = group(key, call, maxRows);
            group.seats++;
            return new Seat<>(group);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Asks once, together with whoever asks for the same while another call is being made;
     * otherwise as {@link #sit}.
     *
     * @throws DarkroomException why there is no answer; never for what others asked
     */
    <Q, A> A ask(Object key, Call<Q, A> call, int maxRows, Q request) {
        return ask(() -> group(key, call, maxRows), request);
    }

    // Whoever has an equal key gives an equal call.
    @SuppressWarnings("unchecked")
    private <Q, A> Group<Q, A> group(Object key, Call<Q, A> call, int maxRows) {
        return (Group<Q, A>)
                groups.computeIfAbsent(
                        key, any -> new Group<>(key, call, maxRows, nanoTime.getAsLong()));
    }

    private void forget(Group<?, ?> group) {
        if (group.seats == 0 && group.waiting.isEmpty()) {
            groups.remove(group.key, group);
        }
    }

    /**
     * @param theirs finds the group; asked under the lock, so that it is not forgotten meanwhile
     */
    private <Q, A> A ask(Supplier<Group<Q, A>> theirs, Q request) {
        Waiting<Q, A> mine = new Waiting<>(request, nanoTime.getAsLong(), lock.newCondition());
        boolean interrupted = false;
        lock.lock();
        try {
            Group<Q, A> group = theirs.get();
            group.waiting.add(mine);
            beginNext();
            interrupted = awaitTurn(group, mine);
            if (!mine.isOver) {
                lead(group, mine);
            }
            forget(group);
        } finally {
            lock.unlock();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        if (mine.failure != null) {
            throw mine.failure;
        }
        return mine.answer.orElseThrow();
    }

    /**
     * Waits for the answer, or until it is this thread's turn to call. The first of its group waits
     * until latecomers are waited for no longer. Others may count on this request already, so that
     * an interruption has to wait for its answer.
     *
     * @return whether the thread was interrupted
     */
    private <Q, A> boolean awaitTurn(Group<Q, A> group, Waiting<Q, A> mine) {
        boolean interrupted = false;
        while (!mine.isOver && mine.led.isEmpty()) {
            try {
                if (calling || group.waiting.peek() != mine) {
                    mine.changed.await();
                } else if (mine.changed.awaitNanos(group.readyAt() - nanoTime.getAsLong()) <= 0) {
                    beginNext();
                }
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        return interrupted;
    }

    /** Hands the next call to the first of those that it is for. */
    private void beginNext() {
        if (calling) {
            return;
        }
        long now = nanoTime.getAsLong();
        Optional<Group<?, ?>> next =
                groups.values().stream()
                        .filter(group -> group.isReady(now))
                        .min(
                                Comparator.comparingLong(
                                        group -> group.waiting.element().since - now));
        if (next.isPresent()) {
            calling = true;
            next.get().begin();
        } else {
            // Each first one knows when it has waited long enough.
            groups.values().stream()
                    .filter(group -> !group.waiting.isEmpty())
                    .forEach(group -> group.waiting.element().changed.signal());
        }
    }

    private <Q, A> void lead(Group<Q, A> group, Waiting<Q, A> mine) {
        List<Waiting<Q, A>> led = mine.led;
        mine.led = List.of();
        long begin = nanoTime.getAsLong();
        lock.unlock();
        try {
            answer(group, led);
        } finally {
            lock.lock();
            group.calledAt = nanoTime.getAsLong();
            group.patience = Math.min(MOST_PATIENCE, (group.calledAt - begin) / PATIENCE_DIVISOR);
            calling = false;
            for (Waiting<Q, A> one : led) {
                one.isOver = true;
                one.changed.signal();
            }
            beginNext();
        }
    }

    /** One that fails must not take the others with it: each is then asked for alone. */
    private <Q, A> void answer(Group<Q, A> group, List<Waiting<Q, A>> led) {
        try {
            List<A> answers = group.call.answer(led.stream().map(one -> one.request).toList());
            for (int i = 0; i < led.size(); i++) {
                led.get(i).answer = Optional.of(answers.get(i));
            }
        } catch (RuntimeException | Error e) {
            DarkroomException failure = DarkroomException.of(e);
            if (led.size() == 1) {
                led.get(0).failure = failure;
                return;
            }
            LOG.warn("a call for {} jobs failed, each is asked for alone", led.size(), failure);
            if (failure.code() == ErrorCode.RESOURCE_EXHAUSTED) {
                group.maxRows = Math.max(1, group.maxRows / 2);
            }
            led.forEach(one -> answer(group, List.of(one)));
        }
    }

    static <Q, A> List<A> split(List<Q> requests, Call<Q, A> call, Slices<A> answers) {
        List<A> parts = new ArrayList<>();
        int at = 0;
        for (Q request : requests) {
            int rows = call.rows(request);
            parts.add(answers.rows(at, at + rows));
            at += rows;
        }
        return parts;
    }

    /** How many requests wait for a call. */
    int waiting() {
        lock.lock();
        try {
            return groups.values().stream().mapToInt(group -> group.waiting.size()).sum();
        } finally {
            lock.unlock();
        }
    }

    /** How many groups somebody uses. */
    int groups() {
        lock.lock();
        try {
            return groups.size();
        } finally {
            lock.unlock();
        }
    }
}
