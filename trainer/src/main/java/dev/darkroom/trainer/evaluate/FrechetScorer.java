package dev.darkroom.trainer.evaluate;

import dev.darkroom.diffusion.metric.FeatureStatistics;
import dev.darkroom.diffusion.metric.FrechetDistance;
import dev.darkroom.diffusion.pipeline.RgbImage;
import java.util.List;
import java.util.Optional;

/** Frechet distance to a set of real pictures, on some features. */
public final class FrechetScorer implements Scorer {
    /** Pictures whose features are computed at once. */
    private static final int BATCH = 64;

    private final Measure measure;
    private final PictureFeatures features;
    private final FeatureStatistics reference;

    /**
     * @param real pictures to compare with; more than are compared is better
     */
    public FrechetScorer(Measure measure, PictureFeatures features, List<RgbImage> real) {
        this.measure = measure;
        this.features = features;
        this.reference = statistics(features, real);
    }

    @Override
    public Measure measure() {
        return measure;
    }

    @Override
    public Optional<Double> score(Samples samples) {
        return Optional.of(
                FrechetDistance.between(statistics(features, samples.pictures()), reference));
    }

    @Override
    public String needs() {
        return "two pictures";
    }

    private static FeatureStatistics statistics(PictureFeatures features, List<RgbImage> pictures) {
        FeatureStatistics statistics = new FeatureStatistics(features.dimensions());
        for (int from = 0; from < pictures.size(); from += BATCH) {
            int to = Math.min(pictures.size(), from + BATCH);
            statistics.add(features.of(pictures.subList(from, to)));
        }
        return statistics;
    }
}
