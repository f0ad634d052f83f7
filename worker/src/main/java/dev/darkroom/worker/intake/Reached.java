package dev.darkroom.worker.intake;

import dev.darkroom.contract.job.JobStage;
import java.util.function.LongSupplier;

/** How far an attempt has come, and whether someone wants to see it. */
final class Reached {
    private final PreviewDemand demand;
    private volatile JobStage stage = JobStage.TAKEN;

    Reached() {
        this(System::nanoTime);
    }

    /**
     * @param nanoTime as {@link System#nanoTime}
     */
    Reached(LongSupplier nanoTime) {
        demand = new PreviewDemand(nanoTime);
    }

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
