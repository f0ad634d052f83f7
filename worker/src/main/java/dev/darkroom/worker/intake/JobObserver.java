package dev.darkroom.worker.intake;

import dev.darkroom.contract.job.StageTimings;

/** Watches jobs for the meters. */
public interface JobObserver {
    /**
     * A delivery has ended.
     *
     * @param outcome {@code succeeded}, {@code cancelled}, {@code expired}, {@code released} or an
     *     error's code in lower case; a job that was only told of again counts again
     */
    void ended(String outcome);

    /** A job's pictures are stored. */
    void generated(int pictures, StageTimings seconds);

    void stepped(double seconds);

    /**
     * A job, or a load that no job makes, shows no sign of life any more; its thread may be stuck
     * for ever.
     */
    void hung();

    static JobObserver none() {
        return new JobObserver() {
            @Override
            public void ended(String outcome) {}

            @Override
            public void generated(int pictures, StageTimings seconds) {}

            @Override
            public void stepped(double seconds) {}

            @Override
            public void hung() {}
        };
    }
}
