package dev.darkroom.worker.intake;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.platform.kafka.AcquiredRecord;
import dev.darkroom.platform.thread.DaemonThreads;
import dev.darkroom.worker.life.Cancellation;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes jobs one after the other until it is stopped.
 *
 * <p>A share consumer belongs to one thread and a job may spend longer in one step than its lock
 * lasts, so the slot's own thread only takes, renews and acknowledges, and the job runs on a second
 * thread. A lost lock cancels the job at its next step; the slot takes nothing before it has ended.
 *
 * <p>A job that shows no sign of life for too long is given back, to be run elsewhere. Nothing can
 * stop a thread that stands still in native code, so the slot leaves the group and takes nothing
 * until that thread has come back, if ever.
 */
final class Slot implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Slot.class);
    private static final Duration TAKE_WAIT = Duration.ofSeconds(2);
    private static final Duration TICK = Duration.ofMillis(500);

    /** How long after its cancellation a job may take to end before it is left behind. */
    private static final Duration ABANDON = Duration.ofSeconds(5);

    private final String name;
    private final JobSource source;
    private final JobHandler handler;
    private final Slots.Rules rules;
    private final ExecutorService runner;

    private volatile boolean hung;
    private volatile boolean stopping;
    private volatile long stoppedAt;
    private volatile boolean consuming;

    Slot(String name, JobSource source, JobHandler handler, Slots.Rules rules) {
        this.name = name;
        this.source = source;
        this.handler = handler;
        this.rules = rules;
        this.runner = Executors.newSingleThreadExecutor(DaemonThreads.named(name + "-job"));
    }

    /** Whether jobs are being taken, as far as this side can tell. */
    boolean isConsuming() {
        return consuming;
    }

    /** Whether its job stands still. */
    boolean isHung() {
        return hung;
    }

    /** Takes no more jobs; {@link #run} returns when the one that runs has ended. */
    void stop() {
        stoppedAt = System.nanoTime();
        stopping = true;
        source.wakeup();
    }

    @Override
    public void run() {
        try {
            takeJobs();
        } finally {
            consuming = false;
            closeSource();
            runner.shutdownNow();
        }
    }

    private void takeJobs() {
        int failures = 0;
        while (!stopping) {
            try {
                Optional<AcquiredRecord> record = source.take(TAKE_WAIT);
                if (failures > 0) {
                    LOG.info("{} takes jobs again", name);
                    failures = 0;
                }
                consuming = true;
                if (record.isPresent()) {
                    work(record.get());
                }
            } catch (RuntimeException | Error e) {
                consuming = false;
                failures++;
                if (failures == 1) {
                    LOG.warn("{} cannot take jobs, goes on trying", name, e);
                }
                if (!(e instanceof DarkroomException)) {
                    // Nobody knows what it still holds: it is let go of.
                    closeSource();
                }
                sleep(rules.backoff().after(failures));
            }
        }
    }

    private void work(AcquiredRecord record) {
        Cancellation cancellation = new Cancellation();
        Future<Ending> job = runner.submit(() -> handler.handle(record, cancellation));
        Ending ending = await(job, cancellation);
        if (ending.kind() == Ending.Kind.RELEASE && !hold(ending.delay())) {
            ending = Ending.lost();
        }
        try {
            end(record, ending);
        } finally {
            // Also where the broker was not there to take it back: what closes gives it back too.
            if (hung) {
                outlast(job);
            }
        }
    }

    private void end(AcquiredRecord record, Ending ending) {
        boolean counts =
                switch (ending.kind()) {
                    case ACCEPT -> source.accept();
                    case RELEASE -> source.release();
                    case REJECT -> source.reject();
                    case LOST -> false;
                };
        if (!counts) {
            LOG.warn(
                    "{}: lost the lock on {}:{}: it is delivered again",
                    name,
                    record.partition(),
                    record.offset());
        }
    }

    /** Takes nothing while the job's thread stands still; the record is no longer ours. */
    private void outlast(Future<Ending> job) {
        closeSource();
        rules.observer().hung();
        while (!stopping && !job.isDone()) {
            sleep(TICK);
        }
        if (job.isDone()) {
            LOG.warn("{}: the job that stood still has ended, takes jobs again", name);
            hung = false;
        }
    }

    private Ending await(Future<Ending> job, Cancellation cancellation) {
        boolean held = true;
        while (true) {
            try {
                Ending ending = job.get(TICK.toMillis(), TimeUnit.MILLISECONDS);
                return held ? ending : Ending.lost();
            } catch (TimeoutException e) {
                held = held && renew(cancellation);
                if (isSilent(cancellation)) {
                    return held ? Ending.release(Duration.ZERO) : Ending.lost();
                }
            } catch (ExecutionException e) {
                LOG.error("{}: a job ended in a way it cannot", name, e);
                return held ? Ending.release(Duration.ZERO) : Ending.lost();
            } catch (InterruptedException e) {
                stop();
                cancellation.cancel(stopped());
            }
            if (stopping && elapsed().compareTo(rules.grace()) > 0) {
                cancellation.cancel(stopped());
                if (elapsed().compareTo(rules.grace().plus(ABANDON)) > 0) {
                    LOG.warn("{}: left a job behind that does not end", name);
                    return held ? Ending.release(Duration.ZERO) : Ending.lost();
                }
            }
        }
    }

    private boolean isSilent(Cancellation cancellation) {
        if (!cancellation.giveUpIfSilent(rules.silence())) {
            return false;
        }
        hung = true;
        consuming = false;
        LOG.error(
                "{}: its job has shown no sign of life for {} s: gives it back, takes no more while"
                        + " its thread stands still",
                name,
                rules.silence().toSeconds());
        return true;
    }

    /** Returns whether the record is still ours. */
    private boolean renew(Cancellation cancellation) {
        try {
            source.renewIfDue();
            return true;
        } catch (RuntimeException | Error e) {
            if (e instanceof DarkroomException known && known.code() == ErrorCode.LOCK_LOST) {
                cancellation.cancel(known);
                return false;
            }
            cancellation.cancel(
                    new DarkroomException(
                            ErrorCode.LOCK_LOST, "the lock could not be renewed: " + e, e));
            LOG.warn("{}: lock not renewed, job given up to others", name, e);
            closeSource();
            return false;
        }
    }

    /** Keeps the record for a while; returns whether it is still ours. */
    private boolean hold(Duration delay) {
        long end = System.nanoTime() + delay.toNanos();
        Cancellation unused = new Cancellation();
        while (!stopping && System.nanoTime() < end) {
            sleep(TICK.compareTo(delay) < 0 ? TICK : delay);
            if (!renew(unused)) {
                return false;
            }
        }
        return true;
    }

    private static DarkroomException stopped() {
        return new DarkroomException(ErrorCode.NOT_READY, "the worker is stopping");
    }

    private Duration elapsed() {
        return Duration.ofNanos(System.nanoTime() - stoppedAt);
    }

    /** Sleeps, but not much longer than until the slot is to stop. */
    private void sleep(Duration duration) {
        long end = System.nanoTime() + duration.toNanos();
        try {
            while (!stopping && System.nanoTime() < end) {
                long left = Math.max(1, (end - System.nanoTime()) / 1_000_000);
                Thread.sleep(Math.min(left, 200));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            stop();
        }
    }

    private void closeSource() {
        try {
            source.close();
        } catch (RuntimeException | Error e) {
            LOG.debug("{}: consumer did not close", name, e);
        }
    }
}
