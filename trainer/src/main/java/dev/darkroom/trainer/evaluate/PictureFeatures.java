package dev.darkroom.trainer.evaluate;

import dev.darkroom.diffusion.pipeline.RgbImage;
import java.util.List;

/** Pictures as vectors: of a classifier, of Inception, of a CLIP's vision tower. */
public interface PictureFeatures {
    /** D. */
    int dimensions();

    /**
     * @return [N, D], row-major
     */
    float[] of(List<RgbImage> pictures);
}
