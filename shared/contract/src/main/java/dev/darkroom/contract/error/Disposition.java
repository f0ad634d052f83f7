package dev.darkroom.contract.error;

/** What follows from an error. */
public enum Disposition {
    /** The asker must change something: rejected with the reason, never retried. */
    USER,
    /** The surroundings failed: given back, tried again later. */
    TRANSIENT,
    /** Trying again would fail again: put aside as a dead letter, with the reason. */
    PERMANENT
}
