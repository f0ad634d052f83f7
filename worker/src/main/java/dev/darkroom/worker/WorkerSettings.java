package dev.darkroom.worker;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/** What can be set of a worker. */
@ConfigMapping(prefix = "darkroom.worker")
interface WorkerSettings {
    /** Whether this process takes jobs at all. */
    @WithDefault("true")
    boolean enabled();

    /** This worker's name in events and results; none: made from the host's name. */
    Optional<String> name();

    /**
     * Jobs run at once; none: as many as share a call of the default model, 16 at most, and one
     * until a model is there.
     */
    OptionalInt slots();

    /** Rows of one call of a stage at most; a picture with guidance takes two. */
    @WithDefault("64")
    int maxBatch();

    /** Folder that keeps checkpoints between starts. */
    @WithDefault("${user.home}/.cache/darkroom/checkpoints")
    Path cache();

    /** Deliveries after which a job is given up on; the group's limit must be higher. */
    @WithDefault("5")
    int maxAttempts();

    /** Memory that one call of a stage may use beside the weights, in MB, roughly. */
    @WithDefault("2048")
    long activationMegabytes();

    /** Models kept in memory. */
    @WithDefault("2")
    int loadedModels();

    /** How long running jobs may go on when the process is to stop, in seconds. */
    @WithDefault("30")
    int graceSeconds();

    /**
     * How long a job may show no sign of life (a step, a stage begun, a picture stored) before the
     * worker gives it back, in minutes. Longer than any call of a stage takes.
     */
    @WithDefault("10")
    int hangMinutes();

    /** What becomes of a process one of whose jobs stands still in native code. */
    @WithDefault("exit")
    OnHang onHang();

    /** Nothing in the process can stop such a thread. */
    enum OnHang {
        /** Gives back what else runs, and ends with code 75: a supervisor starts it anew. */
        EXIT,
        /** Is not ready, and takes no jobs in that slot. */
        STAY
    }

    /** Threads of one TensorFlow operation; none: as many as there are processors. */
    OptionalInt threads();

    /** Wait before a job that failed for now is given back, the first time; four times it next. */
    @WithDefault("2")
    int retrySeconds();

    /** Longest such wait. */
    @WithDefault("60")
    int maxRetrySeconds();
}
