package dev.darkroom.contract.training;

import dev.darkroom.contract.error.Bounds;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import java.util.Optional;

/**
 * How pictures are changed before a training learns from them.
 *
 * @param flips share of the pictures that are mirrored left to right, 0..1; none is 0
 * @param shift most pixels that a picture is moved in each direction, 0..{@value #MAX_SHIFT}; none
 *     is 0
 * @param tints share of the pictures that are made grey and tinted, with the colour in the caption,
 *     0..1; none is 0
 */
public record Augmentation(
        Optional<Double> flips, Optional<Integer> shift, Optional<Double> tints) {
    public static final int MAX_SHIFT = 256;

    public Augmentation {
        flips.ifPresent(share -> requireShare("augmentation.flips", share));
        shift.ifPresent(pixels -> Bounds.require("augmentation.shift", pixels, 0, MAX_SHIFT));
        tints.ifPresent(share -> requireShare("augmentation.tints", share));
    }

    private static void requireShare(String field, double share) {
        if (!(share >= 0 && share <= 1)) {
            throw new DarkroomException(
                    ErrorCode.INVALID_REQUEST, field + " is " + share + ", must be 0..1");
        }
    }
}
