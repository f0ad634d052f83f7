package dev.darkroom.worker.intake;

import dev.darkroom.platform.kafka.AcquiredRecord;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A queue in memory with the rules of the real one: one record at a time, one thread. */
final class FakeJobSource implements JobSource {
    final BlockingQueue<Optional<AcquiredRecord>> records = new LinkedBlockingQueue<>();
    final List<String> calls = new CopyOnWriteArrayList<>();

    /** Called by every method but wakeup; throws to make it fail. */
    volatile Runnable beforeTake = () -> {};

    volatile Runnable beforeRenew = () -> {};
    volatile Runnable beforeEnd = () -> {};
    private volatile boolean held;
    private volatile Thread owner;

    void offer(AcquiredRecord record) {
        records.add(Optional.of(record));
    }

    @Override
    public Optional<AcquiredRecord> take(Duration wait) {
        own();
        if (held) {
            throw new IllegalStateException("the record before has not been ended");
        }
        beforeTake.run();
        try {
            Optional<AcquiredRecord> next = records.poll(wait.toMillis(), TimeUnit.MILLISECONDS);
            held = next != null && next.isPresent();
            return held ? next : Optional.empty();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void renewIfDue() {
        own();
        requireHeld();
        try {
            beforeRenew.run();
            calls.add("renew");
        } catch (RuntimeException e) {
            held = false;
            throw e;
        }
    }

    @Override
    public boolean accept() {
        return end("accept");
    }

    @Override
    public boolean release() {
        return end("release");
    }

    @Override
    public boolean reject() {
        return end("reject");
    }

    private boolean end(String how) {
        own();
        requireHeld();
        held = false;
        beforeEnd.run();
        calls.add(how);
        return true;
    }

    private void requireHeld() {
        if (!held) {
            throw new IllegalStateException("no record is held");
        }
    }

    private void own() {
        if (owner != null && owner != Thread.currentThread()) {
            throw new IllegalStateException("used by two threads");
        }
        owner = Thread.currentThread();
    }

    @Override
    public void wakeup() {
        records.add(Optional.empty());
    }

    @Override
    public void close() {
        held = false;
        calls.add("close");
    }
}
