package dev.darkroom.diffusion.schedule;

import java.util.Map;

/** A checkpoint's {@code scheduler_config.json}, read as diffusers reads it. */
public final class SchedulerConfiguration {
    private SchedulerConfiguration() {}

    /**
     * @throws IllegalArgumentException naming the option, where it has a value that no sampler here
     *     can follow
     */
    public static SchedulerConfiguration of(Map<String, ?> options) {
        throw new UnsupportedOperationException(options.toString());
    }

    /** What the network predicts. */
    public PredictionType predictionType() {
        throw new UnsupportedOperationException();
    }
}
