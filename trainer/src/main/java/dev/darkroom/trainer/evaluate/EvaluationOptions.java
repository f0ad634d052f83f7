package dev.darkroom.trainer.evaluate;

import dev.darkroom.contract.job.SamplerName;
import java.util.List;

/**
 * How a checkpoint is evaluated; two evaluations compare only where these are equal.
 *
 * @param guidanceScales each is measured by itself
 * @param pictures for the scores, one a prompt
 * @param repeatedPrompts how many of the prompts get more pictures, for diversity
 * @param repeats pictures of each of those, 2 or more
 * @param seed of the prompts' choice; picture i of a guidance scale has the noise of seed + i
 * @param rows of a UNet call at most, half of them unguided
 */
public record EvaluationOptions(
        List<Double> guidanceScales,
        int pictures,
        int repeatedPrompts,
        int repeats,
        SamplerName sampler,
        int steps,
        long seed,
        int rows) {
    public EvaluationOptions {
        guidanceScales = List.copyOf(guidanceScales);
        if (guidanceScales.isEmpty()) {
            throw new IllegalArgumentException("no guidance scale to evaluate at");
        }
        require("pictures", pictures, 2);
        require("repeatedPrompts", repeatedPrompts, 1);
        require("repeats", repeats, 2);
        require("steps", steps, 1);
        require("rows", rows, 2);
    }

    private static void require(String name, int value, int least) {
        if (value < least) {
            throw new IllegalArgumentException(name + " is " + value + ", must be " + least + "..");
        }
    }
}
