package dev.darkroom.contract.training;

import java.util.Optional;

/**
 * How far a training is.
 *
 * @param stage what is going on, as in {@code unet} or {@code evaluate}
 * @param step of the stage, from 0
 * @param steps of the stage in all; 0 where that is not known
 * @param loss of the last steps
 * @param picturesPerSecond speed of the last steps
 * @param secondsLeft of the stage, estimated
 */
public record TrainingProgress(
        String stage,
        long step,
        long steps,
        Optional<Double> loss,
        Optional<Double> picturesPerSecond,
        Optional<Long> secondsLeft) {}
