package dev.darkroom.worker.intake;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.platform.kafka.AcquiredRecord;

/** Where records go that are given up on. */
@FunctionalInterface
public interface DeadLetters {
    /** Returns when the record is safe there. */
    void bury(AcquiredRecord record, DarkroomException reason);
}
