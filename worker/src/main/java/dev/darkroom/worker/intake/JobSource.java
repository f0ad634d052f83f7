package dev.darkroom.worker.intake;

import dev.darkroom.platform.kafka.AcquiredRecord;
import dev.darkroom.platform.kafka.JobSlot;
import java.time.Duration;
import java.util.Optional;

/**
 * Where a slot gets its jobs, one at a time; see {@link JobSlot}, which is the one of the pool. All
 * but {@link #wakeup} belongs to one thread.
 */
public interface JobSource extends AutoCloseable {
    Optional<AcquiredRecord> take(Duration wait);

    void renewIfDue();

    boolean accept();

    boolean release();

    boolean reject();

    void wakeup();

    /** Lets go of what is held; a later {@link #take} starts anew. */
    @Override
    void close();

    static JobSource of(JobSlot slot) {
        return new JobSource() {
            @Override
            public Optional<AcquiredRecord> take(Duration wait) {
                return slot.take(wait);
            }

            @Override
            public void renewIfDue() {
                slot.renewIfDue();
            }

            @Override
            public boolean accept() {
                return slot.accept();
            }

            @Override
            public boolean release() {
                return slot.release();
            }

            @Override
            public boolean reject() {
                return slot.reject();
            }

            @Override
            public void wakeup() {
                slot.wakeup();
            }

            @Override
            public void close() {
                slot.close();
            }
        };
    }
}
