package dev.darkroom.worker.intake;

import dev.darkroom.contract.job.StageTimings;

/** Watches jobs for the meters. */
public interface JobObserver {
    /**
     * A delivery has ended.
     *
     * @param outcome {@code succeeded}, {@code repeated}, {@code released} or an error's code in
     *     lower case
     */
    void ended(String outcome);

    /** A job's pictures are stored. */
    void generated(int pictures, StageTimings seconds);

    void stepped(double seconds);

    static JobObserver none() {
        return new JobObserver() {
            @Override
            public void ended(String outcome) {}

            @Override
            public void generated(int pictures, StageTimings seconds) {}

            @Override
            public void stepped(double seconds) {}
        };
    }
}
