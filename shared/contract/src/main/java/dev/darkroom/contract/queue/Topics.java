package dev.darkroom.contract.queue;

/** Names of topics and groups. */
public final class Topics {
    /** Jobs to be done, as clients put them. */
    public static final String JOBS = "darkroom.jobs";

    /**
     * The jobs to be begun next, read by the workers' share group: a few of {@link #JOBS} at a
     * time, in their fair order. The workers' own.
     */
    public static final String READY = "darkroom.jobs.ready";

    /** What happened to jobs; key: job id. */
    public static final String JOB_EVENTS = "darkroom.job-events";

    /** Jobs that were ended from outside or are to be shown, read by every worker; key: job id. */
    public static final String JOB_CONTROL = "darkroom.job-control";

    /** Jobs given up on, as they came, with headers that say why. */
    public static final String DEAD_JOBS = "darkroom.jobs.dead";

    /** Webhooks that wait to be delivered; compacted, key: webhook id. The producer's own. */
    public static final String WEBHOOKS = "darkroom.webhooks";

    /** Promotions; compacted, key: model name. */
    public static final String CHECKPOINTS = "darkroom.checkpoints";

    /** What happened to checkpoints; key: model name. */
    public static final String CHECKPOINT_EVENTS = "darkroom.checkpoint-events";

    /** Trainings that were asked for; key: model name. */
    public static final String TRAINING = "darkroom.training";

    /** What happened to trainings; key: model name. */
    public static final String TRAINING_EVENTS = "darkroom.training-events";

    /** The group of those who order jobs: one of them has {@link #JOBS}. */
    public static final String DISPATCH_GROUP = "darkroom.dispatch";

    /** The share group of the workers. */
    public static final String WORKERS_GROUP = "darkroom.workers";

    private Topics() {}
}
