package dev.darkroom.trainer.evaluate;

import dev.darkroom.trainer.data.DatasetPart;
import dev.darkroom.trainer.data.ImageDataset;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The classes of a data set that a classifier can learn to tell apart. A class may have its few
 * pictures all held out, or be a name that one picture alone has: such a one cannot be judged.
 *
 * @param labels indices into the data set's classes
 */
public record JudgedClasses(Set<Integer> labels) {
    /** Pictures of a class that are the least to learn it from. */
    static final int LEAST_PICTURES = 5;

    public JudgedClasses {
        labels = Set.copyOf(labels);
    }

    /** Those of the pictures that a classifier learns from. */
    public static JudgedClasses of(ImageDataset training) {
        int[] pictures = new int[training.classes().size()];
        for (int i = 0; i < training.size(); i++) {
            training.label(i).ifPresent(label -> pictures[label]++);
        }
        return new JudgedClasses(
                IntStream.range(0, pictures.length)
                        .filter(label -> pictures[label] >= LEAST_PICTURES)
                        .boxed()
                        .collect(Collectors.toSet()));
    }

    /** Whether there are two of them at least. */
    boolean canBeToldApart() {
        return labels.size() > 1;
    }

    /** Whether a picture is of one of them, or a prompt asks for one. */
    public boolean has(OptionalInt label) {
        return label.isPresent() && labels.contains(label.getAsInt());
    }

    /** The pictures of these classes. */
    ImageDataset picturesOf(ImageDataset dataset) {
        return new DatasetPart(
                dataset,
                IntStream.range(0, dataset.size())
                        .filter(index -> has(dataset.label(index)))
                        .toArray());
    }
}
