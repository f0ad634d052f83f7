package dev.darkroom.trainer.loop;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a stage tells after an optimizer step.
 *
 * @param stage name of the stage, as its folder has it
 * @param step number of steps done, this one included: 1..steps
 * @param steps how many the stage will do
 * @param loss of this step's batch
 * @param scalars what else the stage measured, by name: {@code gradientNorm}, {@code kl}, {@code
 *     validationLoss}; kept in the order given
 * @param examplesPerSecond pictures a second, over the last steps
 * @param elapsed time that the stage has run in this process
 */
public record StepReport(
        String stage,
        long step,
        long steps,
        double loss,
        Map<String, Double> scalars,
        double learningRate,
        double examplesPerSecond,
        Duration elapsed) {
    /** Name in {@link #scalars} of the global norm of the gradients before clipping. */
    public static final String GRADIENT_NORM = "gradientNorm";

    /** Name in {@link #scalars} of the loss at fixed noise and timesteps. */
    public static final String VALIDATION_LOSS = "validationLoss";

    public StepReport {
        if (step < 1 || step > steps) {
            throw new IllegalArgumentException("step is " + step + ", must be 1.." + steps);
        }
        scalars = Collections.unmodifiableMap(new LinkedHashMap<>(scalars));
    }
}
