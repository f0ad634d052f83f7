package dev.darkroom.worker.generate;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.worker.life.Cancellation;
import dev.darkroom.worker.life.Pulse;
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
 *
 * <p>Whoever waits is as alive as whoever calls. Where that one's thread stands still, and was
 * given up for it, those who shared its call are told so, and the others go on without it.
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
    private static final long LOOK = Cancellation.LOOK.toNanos();
    private static final Logger LOG = LoggerFactory.getLogger(SharedCalls.class);

    private final LongSupplier nanoTime;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Object, Group<?, ?>> groups = new HashMap<>();
    private Optional<Round<?, ?>> round = Optional.empty();

    SharedCalls() {
        this(System::nanoTime);
    }

    /**
     * @param nanoTime as {@link System#nanoTime}
     */
    SharedCalls(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** A call under way: the thread of the first of them makes it for all. */
    private static final class Round<Q, A> {
        final List<Waiting<Q, A>> led;

        Round(List<Waiting<Q, A>> led) {
            this.led = led;
        }

        Pulse caller() {
            return led.get(0).pulse;
        }
    }

    /** One request, waiting for its answer. */
    private static final class Waiting<Q, A> {
        final Q request;
        final Pulse pulse;
        final long since;
        final Condition changed;
        Optional<A> answer = Optional.empty();
        @Nullable DarkroomException failure;
        volatile boolean isOver;

        /** What this one is to make. */
        Optional<Round<Q, A>> own = Optional.empty();

        Waiting(Q request, Pulse pulse, long since, Condition changed) {
            this.request = request;
            this.pulse = pulse;
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

        Round<Q, A> begin() {
            Round<Q, A> next = new Round<>(takeNext());
            next.led.get(0).own = Optional.of(next);
            next.led.get(0).changed.signal();
            return next;
        }
    }

    /** The intention to ask again; calls wait for whoever sits, as long as they may. */
    final class Seat<Q, A> implements AutoCloseable {
        private final Group<Q, A> group;
        private final Pulse pulse;

        private Seat(Group<Q, A> group, Pulse pulse) {
            this.group = group;
            this.pulse = pulse;
        }

        A ask(Q request) {
            return SharedCalls.this.ask(() -> group, request, pulse);
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
     * @param pulse of whoever sits
     */
    <Q, A> Seat<Q, A> sit(Object key, Call<Q, A> call, int maxRows, Pulse pulse) {
        lock.lock();
        try {
            Group<Q, A> group = group(key, call, maxRows);
            group.seats++;
            return new Seat<>(group, pulse);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Asks once, together with whoever asks for the same while another call is being made;
     * otherwise as {@link #sit}.
     *
     * @throws DarkroomException why there is no answer; never for what others asked, but {@link
     *     ErrorCode#NOT_READY} where the call that it shared stands still
     */
    <Q, A> A ask(Object key, Call<Q, A> call, int maxRows, Q request, Pulse pulse) {
        return ask(() -> group(key, call, maxRows), request, pulse);
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
    private <Q, A> A ask(Supplier<Group<Q, A>> theirs, Q request, Pulse pulse) {
        Waiting<Q, A> mine =
                new Waiting<>(request, pulse, nanoTime.getAsLong(), lock.newCondition());
        boolean interrupted = false;
        lock.lock();
        try {
            Group<Q, A> group = theirs.get();
            group.waiting.add(mine);
            beginNext();
            interrupted = awaitTurn(group, mine);
            if (!mine.isOver) {
                lead(group, mine.own.orElseThrow());
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
        while (!mine.isOver && mine.own.isEmpty()) {
            if (round.isPresent() && round.get().caller().isLost()) {
                leave(round.get());
                continue;
            }
            mine.pulse.live();
            boolean first = round.isEmpty() && group.waiting.peek() == mine;
            long left = first ? group.readyAt() - nanoTime.getAsLong() : LOOK;
            try {
                if (mine.changed.awaitNanos(Math.min(left, LOOK)) <= 0) {
                    beginNext();
                }
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        return interrupted;
    }

    /** Nobody can end what stands still: those that it was for hear so, the others go on. */
    private void leave(Round<?, ?> stuck) {
        LOG.warn("a call for {} jobs stands still, the others go on", stuck.led.size());
        round = Optional.empty();
        for (Waiting<?, ?> one : stuck.led) {
            one.failure =
                    new DarkroomException(
                            ErrorCode.NOT_READY, "the call that it shared stands still");
            one.isOver = true;
            one.changed.signal();
        }
        beginNext();
    }

    /** Hands the next call to the first of those that it is for. */
    private void beginNext() {
        if (round.isPresent()) {
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
            round = Optional.of(next.get().begin());
        } else {
            // Each first one knows when it has waited long enough.
            groups.values().stream()
                    .filter(group -> !group.waiting.isEmpty())
                    .forEach(group -> group.waiting.element().changed.signal());
        }
    }

    private <Q, A> void lead(Group<Q, A> group, Round<Q, A> own) {
        long begin = nanoTime.getAsLong();
        lock.unlock();
        try {
            answer(group, own.led, own.caller());
        } finally {
            lock.lock();
            group.calledAt = nanoTime.getAsLong();
            group.patience = Math.min(MOST_PATIENCE, (group.calledAt - begin) / PATIENCE_DIVISOR);
            // Unless the others have gone on without it.
            if (round.filter(now -> now == own).isPresent()) {
                round = Optional.empty();
                for (Waiting<Q, A> one : own.led) {
                    one.isOver = true;
                    one.changed.signal();
                }
                beginNext();
            }
        }
    }

    /** One that fails must not take the others with it: each is then asked for alone. */
    private <Q, A> void answer(Group<Q, A> group, List<Waiting<Q, A>> led, Pulse caller) {
        caller.live();
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
            for (Waiting<Q, A> one : led) {
                if (!one.isOver) {
                    answer(group, List.of(one), caller);
                }
            }
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
