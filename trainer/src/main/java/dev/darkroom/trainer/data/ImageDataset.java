package dev.darkroom.trainer.data;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalInt;
import java.util.zip.Checksum;

/** Captioned pictures by index. Implementations may be used from many threads. */
public interface ImageDataset {
    /** Number of pictures, at least 1. */
    int size();

    /** Names of the classes; empty where the data has none. */
    List<String> classes();

    /**
     * The class of the picture at an index, as an index into {@link #classes()}; not every picture
     * need have one where there are classes.
     */
    OptionalInt label(int index);

    /** The size after resize and crop of the picture at an index from 0. */
    Bucket bucket(int index);

    /**
     * The picture at an index with a caption.
     *
     * @param draw which of its many augmentations and captions, from 0; counted laps over the data
     *     set make good draws
     */
    Example example(int index, long draw);

    /**
     * Adds all that the examples of an index are drawn from: picture, captions and class. Where an
     * implementation does not know better that is the first draw.
     */
    default void check(int index, Checksum checksum) {
        Example first = example(index, 0);
        checksum.update((first.caption() + label(index)).getBytes(StandardCharsets.UTF_8));
        checksum.update(first.picture().image().pixels());
    }

    /**
     * Every caption that can come, or where these are too many all words of them in their usual
     * company: what a tokenizer learns from.
     */
    List<String> captions();
}
