package dev.darkroom.standalone.chaos;

/** What happens to a pool. */
enum Fault {
    /** A worker is killed with SIGKILL, and another one started. */
    KILL,
    /** The broker goes, and comes back. */
    BROKER,
    /** The store answers 503. */
    STORE_REFUSES,
    /** The store answers late. */
    STORE_SLOW,
    /** Connections to the store break. */
    STORE_CUT,
    /** The store cannot write, as on a disk that is full. */
    STORE_DISK_FULL,
    /** The broker cannot write, ends for it, and comes back when it can. */
    BROKER_DISK_FULL,
    /** A worker is killed, and the one in its place cannot write its checkpoints at first. */
    WORKER_DISK_FULL,
    /** A worker stands still for longer than its locks last, and goes on. */
    PAUSE;

    /** Whether a worker's jobs must be begun again by others. */
    boolean interrupts() {
        return this == KILL || this == WORKER_DISK_FULL || this == PAUSE;
    }
}
