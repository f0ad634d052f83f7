package dev.darkroom.worker.intake;

import dev.darkroom.contract.job.JobStage;

/** How far an attempt has come. */
final class Reached {
    private volatile JobStage stage = JobStage.TAKEN;

    void begin(JobStage next) {
        stage = next;
    }

    JobStage stage() {
        return stage;
    }
}
