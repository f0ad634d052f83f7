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

    /** Jobs run at once; none: as many as share a call of the default model, 16 at most. */
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

    /** Threads of one TensorFlow operation; none: as many as there are processors. */
    OptionalInt threads();

    /** Wait before a job that failed for now is given back, the first time; four times it next. */
    @WithDefault("2")
    int retrySeconds();

    /** Longest such wait. */
    @WithDefault("60")
    int maxRetrySeconds();
}
