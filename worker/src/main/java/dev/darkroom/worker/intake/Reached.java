package dev.darkroom.worker.intake;

import dev.darkroom.contract.job.JobStage;

/** How far an attempt has come, and whether someone wants to see it. */
final class Reached {
    private final PreviewDemand demand = new PreviewDemand(System::nanoTime);
    private volatile JobStage stage = JobStage.TAKEN;

    void begin(JobStage next) {
        stage = next;
    }

    PreviewDemand demand() {
        return demand;
    }

    JobStage stage() {
        return stage;
    }
}
