package dev.darkroom.trainer.loop;

import java.time.Duration;
import java.util.Map;

/** Reports of a made-up stage of 100 steps, one a second. */
final class Reports {
    static final String STAGE = "unet";

    private Reports() {}

    static StepReport at(long step) {
        return at(step, 1.0 / step);
    }

    static StepReport at(long step, double loss) {
        return new StepReport(
                STAGE,
                step,
                100,
                loss,
                Map.of(StepReport.GRADIENT_NORM, step / 10.0),
                1e-3,
                64,
                Duration.ofSeconds(step));
    }
}
