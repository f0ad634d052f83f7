package dev.darkroom.trainer.data;

import java.util.OptionalInt;

/**
 * One picture with one caption: a function of (index, draw), the same at every call and in every
 * JVM.
 *
 * @param label {@link ImageDataset#label} of the picture
 */
public record Example(Picture picture, String caption, OptionalInt label) {
    public Example {
        if (caption.isBlank()) {
            throw new IllegalArgumentException("an example needs a caption");
        }
    }
}
