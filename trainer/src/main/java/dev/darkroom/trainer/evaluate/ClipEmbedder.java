package dev.darkroom.trainer.evaluate;

import java.util.List;

/** Both towers of a CLIP: pictures and texts in one space. */
public interface ClipEmbedder extends PictureFeatures {
    /**
     * @return [N, D], row-major; of any length but 0
     */
    float[] ofTexts(List<String> texts);
}
