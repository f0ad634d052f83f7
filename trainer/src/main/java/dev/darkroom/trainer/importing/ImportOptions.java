package dev.darkroom.trainer.importing;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.job.GenerationRequest;
import dev.darkroom.contract.job.SamplerName;
import java.util.Optional;

/**
 * What the importer may be told of a checkpoint's defaults; what is left out comes from the
 * folder's {@code darkroom.json}, and otherwise is 25 steps of DDIM at a guidance scale of 7.5.
 */
public record ImportOptions(
        Optional<Integer> steps, Optional<SamplerName> sampler, Optional<Double> guidanceScale) {
    /** Nothing said. */
    public static final ImportOptions NONE =
            new ImportOptions(Optional.empty(), Optional.empty(), Optional.empty());

    public ImportOptions {
        steps.ifPresent(value -> require("steps", value, GenerationRequest.MAX_STEPS));
        guidanceScale.ifPresent(
                value -> require("guidanceScale", value, GenerationRequest.MAX_GUIDANCE));
    }

    private static void require(String option, double value, double most) {
        if (!(value >= 1 && value <= most)) {
            throw new DarkroomException(
                    ErrorCode.INVALID_REQUEST,
                    option + " is " + value + ", must be 1.." + (long) most);
        }
    }

    /** These, and the other's where these say nothing. */
    ImportOptions or(ImportOptions other) {
        return new ImportOptions(
                steps.or(other::steps),
                sampler.or(other::sampler),
                guidanceScale.or(other::guidanceScale));
    }
}
