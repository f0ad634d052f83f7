package dev.darkroom.trainer.data;

import dev.darkroom.contract.storage.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A data set in two: what is trained on and what is only measured on.
 *
 * @param training the rest
 * @param heldOut the pictures never trained on, as they are
 */
public record HoldOut(ImageDataset training, ImageDataset heldOut) {
    /**
     * Holds out the pictures whose names have the smallest hashes. So what one training holds out,
     * the next one on the same data set does too, whatever was added in between: of the pictures
     * that were trained on no more become held out than {@code count} has grown by, and they do
     * only where too few of the new ones have small hashes.
     *
     * @param count pictures to hold out, 1..size-1
     */
    public static HoldOut of(ImageFolder dataset, int count) {
        if (count < 1 || count >= dataset.size()) {
            throw new IllegalArgumentException(
                    "held out are " + count + ", must be 1.." + (dataset.size() - 1));
        }
        List<String> hashes =
                IntStream.range(0, dataset.size())
                        .mapToObj(i -> Sha256.of(dataset.name(i).getBytes(StandardCharsets.UTF_8)))
                        .toList();
        int[] order =
                IntStream.range(0, dataset.size())
                        .boxed()
                        .sorted(Comparator.comparing(hashes::get))
                        .mapToInt(Integer::intValue)
                        .toArray();
        return new HoldOut(
                new DatasetPart(dataset, Arrays.copyOfRange(order, count, order.length)),
                new DatasetPart(dataset.plain(), Arrays.copyOf(order, count)));
    }
}
