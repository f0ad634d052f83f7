package dev.darkroom.worker;

import dev.darkroom.contract.job.StageTimings;
import dev.darkroom.worker.intake.JobObserver;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;

/**
 * Jobs as meters: {@code darkroom.jobs}, {@code .pictures}, {@code .stage}, {@code .step}, {@code
 * .hangs}.
 */
final class MicrometerObserver implements JobObserver {
    private final MeterRegistry meters;
    private final Timer step;
    private final Runnable onHang;

    /**
     * @param onHang what else is to be done about a job that stands still
     */
    MicrometerObserver(MeterRegistry meters, Runnable onHang) {
        this.meters = meters;
        this.onHang = onHang;
        this.step =
                Timer.builder("darkroom.step")
                        .description("One sampling step of a job's pictures")
                        .register(meters);
    }

    @Override
    public void ended(String outcome) {
        meters.counter("darkroom.jobs", "outcome", outcome).increment();
    }

    @Override
    public void generated(int pictures, StageTimings seconds) {
        meters.counter("darkroom.pictures").increment(pictures);
        stage("text_encoder", seconds.textEncoder());
        stage("denoiser", seconds.denoiser());
        stage("decoder", seconds.decoder());
        stage("delivery", seconds.delivery());
    }

    private void stage(String name, double seconds) {
        Timer.builder("darkroom.stage")
                .description("A stage of one job")
                .tag("stage", name)
                .register(meters)
                .record(duration(seconds));
    }

    @Override
    public void stepped(double seconds) {
        step.record(duration(seconds));
    }

    @Override
    public void hung() {
        meters.counter("darkroom.hangs").increment();
        onHang.run();
    }

    private static Duration duration(double seconds) {
        return Duration.ofNanos(Math.round(seconds * 1e9));
    }
}
