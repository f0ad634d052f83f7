package dev.darkroom.platform.kafka;

import java.time.Duration;
import java.util.Optional;

/**
 * One share consumer: takes one record at a time, holds its lock, and says how it ended. Belongs to
 * the thread that calls it; only {@link #wakeup} may come from another.
 */
public final class JobSlot implements AutoCloseable {
    public JobSlot(KafkaSettings settings, String clientId) {
        throw new UnsupportedOperationException(settings + clientId);
    }

    /** Waits for a record and locks it. The one before must have been ended. */
    public Optional<AcquiredRecord> take(Duration wait) {
        throw new UnsupportedOperationException();
    }

    /**
     * Extends the lock on the record held where a third of it is gone, and does nothing before
     * that; cheap enough to call after every sampling step.
     *
     * @throws dev.darkroom.contract.error.DarkroomException LOCK_LOST where the broker says that
     *     the record is no longer ours
     */
    public void renewIfDue() {
        throw new UnsupportedOperationException();
    }

    /**
     * The job is done, whatever its outcome.
     *
     * @return false where the lock had been lost, so that the record will be (or was) delivered
     *     again
     */
    public boolean accept() {
        throw new UnsupportedOperationException();
    }

    /** Gives the record back for another delivery. */
    public boolean release() {
        throw new UnsupportedOperationException();
    }

    /** The record is not to be delivered again. */
    public boolean reject() {
        throw new UnsupportedOperationException();
    }

    /** Makes a waiting {@link #take} return with nothing. */
    public void wakeup() {
        throw new UnsupportedOperationException();
    }

    /** A record still held is delivered to another slot. */
    @Override
    public void close() {}
}
