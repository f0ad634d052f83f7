package dev.darkroom.contract.training;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;

/**
 * A figure that says how good a checkpoint is.
 *
 * @param name for people and for finding the parent's, as in {@code class agreement}
 * @param value finite
 * @param better which way is better
 */
public record Score(String name, double value, Better better) {
    /** The name of the loss on pictures kept apart, at fixed noise and timesteps. */
    public static final String VALIDATION_LOSS = "validation loss";

    /** Which way is better. */
    public enum Better {
        @JsonProperty("lower")
        LOWER,
        @JsonProperty("higher")
        HIGHER
    }

    public Score {
        if (name.isBlank() || !Double.isFinite(value)) {
            throw new DarkroomException(
                    ErrorCode.INVALID_REQUEST, "score \"" + name + "\" is " + value);
        }
    }

    public static Score validationLoss(double value) {
        return new Score(VALIDATION_LOSS, value, Better.LOWER);
    }
}
