package dev.darkroom.trainer.evaluate;

import dev.darkroom.diffusion.pipeline.RgbImage;
import java.util.List;

/**
 * The pictures that are scored together.
 *
 * @param each one picture a prompt
 * @param repeated several pictures a prompt, a list for each
 */
public record Samples(List<Sample> each, List<List<RgbImage>> repeated) {
    public Samples {
        each = List.copyOf(each);
        repeated = List.copyOf(repeated);
    }

    /** The pictures of {@link #each}. */
    public List<RgbImage> pictures() {
        return each.stream().map(Sample::picture).toList();
    }
}
