package dev.darkroom.trainer.evaluate;

import dev.darkroom.diffusion.metric.Embeddings;
import dev.darkroom.diffusion.pipeline.RgbImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** How far apart the features of one prompt's pictures are. */
public final class DiversityScorer implements Scorer {
    private final Measure measure;
    private final PictureFeatures features;

    public DiversityScorer(Measure measure, PictureFeatures features) {
        this.measure = measure;
        this.features = features;
    }

    @Override
    public Measure measure() {
        return measure;
    }

    @Override
    public Optional<Double> score(Samples samples) {
        List<List<float[]>> prompts = new ArrayList<>();
        for (List<RgbImage> pictures : samples.repeated()) {
            if (pictures.size() > 1) {
                prompts.add(rows(features.of(pictures), pictures.size()));
            }
        }
        return prompts.isEmpty() ? Optional.empty() : Optional.of(Embeddings.diversity(prompts));
    }

    private List<float[]> rows(float[] values, int count) {
        List<float[]> rows = new ArrayList<>();
        int width = features.dimensions();
        for (int i = 0; i < count; i++) {
            rows.add(Arrays.copyOfRange(values, i * width, (i + 1) * width));
        }
        return rows;
    }

    @Override
    public String needs() {
        return "several pictures of one prompt";
    }
}
