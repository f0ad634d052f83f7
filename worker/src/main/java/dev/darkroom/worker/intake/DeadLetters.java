package dev.darkroom.worker.intake;

import dev.darkroom.platform.kafka.AcquiredRecord;
import dev.darkroom.platform.kafka.GivenUp;

/** Where records go that are given up on. */
@FunctionalInterface
public interface DeadLetters {
    /** Returns when the record is safe there. */
    void bury(AcquiredRecord record, GivenUp why);
}
