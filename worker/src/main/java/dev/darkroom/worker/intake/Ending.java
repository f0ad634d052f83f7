package dev.darkroom.worker.intake;

import java.time.Duration;

/**
 * What is to become of a record.
 *
 * @param delay how long to keep the record before it is given back; zero for the others
 */
record Ending(Kind kind, Duration delay) {
    enum Kind {
        ACCEPT,
        RELEASE,
        REJECT,
        /** The lock was lost: another has the record, or will have. */
        LOST
    }

    static Ending accept() {
        return new Ending(Kind.ACCEPT, Duration.ZERO);
    }

    static Ending reject() {
        return new Ending(Kind.REJECT, Duration.ZERO);
    }

    static Ending lost() {
        return new Ending(Kind.LOST, Duration.ZERO);
    }

    static Ending release(Duration delay) {
        return new Ending(Kind.RELEASE, delay);
    }
}
