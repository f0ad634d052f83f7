package dev.darkroom.trainer.evaluate;

import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.trainer.data.BatchOrder;
import dev.darkroom.trainer.data.Example;
import dev.darkroom.trainer.data.ImageDataset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What an evaluation takes of a data set: real pictures whose captions are the prompts and which
 * are scored themselves, and other real pictures to compare with.
 *
 * @param samples one picture a prompt; repeated are pictures of one class, where there are classes
 * @param reference pictures that are not among the samples
 */
public record RealPictures(Samples samples, List<RgbImage> reference) {
    /** Of the pictures to compare with: all are in memory at once. */
    private static final long MOST_BYTES = 256L << 20;

    public RealPictures {
        reference = List.copyOf(reference);
    }

    /** The captions of the samples: what the model is asked for. */
    public List<Prompt> prompts() {
        return samples.each().stream().map(Sample::prompt).toList();
    }

    /**
     * Draws as many samples as the options ask pictures of; the others are the reference, as many
     * as memory is meant for: 87,000 of 32 x 32, 340 of 512 x 512.
     *
     * @param dataset held out from training
     * @throws IllegalArgumentException where fewer than two pictures would be left to compare with
     */
    public static RealPictures draw(ImageDataset dataset, EvaluationOptions options) {
        if (dataset.size() < options.pictures() + 2) {
            throw new IllegalArgumentException(
                    "%d pictures cannot be drawn of %d and two be left to compare with"
                            .formatted(options.pictures(), dataset.size()));
        }
        BatchOrder order = BatchOrder.of(dataset, 1, options.seed());
        List<Sample> samples = new ArrayList<>();
        List<RgbImage> reference = new ArrayList<>();
        Map<Integer, List<RgbImage>> classes = new TreeMap<>();
        long bytes = 0;
        for (int i = 0; i < dataset.size() && bytes < MOST_BYTES; i++) {
            Example example = dataset.example(order.indices(i)[0], 0);
            RgbImage picture = example.picture().image();
            if (i >= options.pictures()) {
                reference.add(picture);
                bytes += picture.pixels().length;
                continue;
            }
            samples.add(new Sample(new Prompt(example.caption(), example.label()), picture));
            example.label()
                    .ifPresent(
                            label -> {
                                List<RgbImage> same =
                                        classes.computeIfAbsent(label, key -> new ArrayList<>());
                                if (same.size() < options.repeats()) {
                                    same.add(picture);
                                }
                            });
        }
        return new RealPictures(
                new Samples(
                        samples,
                        classes.values().stream().filter(same -> same.size() > 1).toList()),
                reference);
    }
}
