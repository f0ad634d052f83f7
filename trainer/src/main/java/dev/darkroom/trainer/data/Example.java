package dev.darkroom.trainer.data;

import java.util.OptionalInt;

/**
 * One picture with one caption: a function of (index, draw), the same at every call and in every
 * JVM.
 *
 * @param label index into {@link ImageDataset#classes()} where the data has classes
 */
public record Example(Picture picture, String caption, OptionalInt label) {
    public Example {
        if (caption.isBlank()) {
            throw new IllegalArgumentException("an example needs a caption");
        }
    }
}
