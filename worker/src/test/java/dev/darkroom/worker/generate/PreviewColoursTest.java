package dev.darkroom.worker.generate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.job.SamplerName;
import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.worker.BundledCheckpoint;
import dev.darkroom.worker.Jobs;
import dev.darkroom.worker.model.LoadedModel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Previews of the bundled model beside its pictures. */
class PreviewColoursTest {
    private static final int STEPS = 25;
    private static final int SCALE = 4;
    private static final List<SamplerName> SAMPLERS = List.of(SamplerName.values());
    private static final List<String> PROMPTS =
            List.of(
                    "a red sneaker",
                    "a blue bag",
                    "a green dress",
                    "a yellow shirt",
                    "a white coat",
                    "a black sandal",
                    "a pink bag",
                    "an orange dress");

    private final LoadedModel model = BundledCheckpoint.shared().model();

    /**
     * Of the pictures themselves, averaged to the previews' size. A linear map that was fitted to
     * these very pictures comes to 0.86.
     */
    @Test
    void previewsLookLikeThePictures() {
        Map<Integer, Correlation> atStep = new HashMap<>();
        for (int i = 0; i < PROMPTS.size(); i++) {
            SamplerName sampler = SAMPLERS.get(i % SAMPLERS.size());
            Map<Integer, RgbImage> previews = new HashMap<>();
            RgbImage picture =
                    new Generator(new ActivationBudget(2048))
                            .generate(
                                    Jobs.job(Jobs.ID, PROMPTS.get(i), "", sampler, 2, 1),
                                    model,
                                    (step, steps, seconds, estimate) ->
                                            previews.put(step, estimate.get().get(0)),
                                    new Cancellation())
                            .pictures()
                            .get(0);
            assertThat(previews).hasSize(STEPS);
            previews.forEach(
                    (step, preview) ->
                            atStep.computeIfAbsent(step, unused -> new Correlation())
                                    .add(preview, picture));
        }

        System.out.printf(
                "correlation with the picture after step 1: %.2f, 5: %.2f, 12: %.2f, %d: %.2f%n",
                atStep.get(1).value(),
                atStep.get(5).value(),
                atStep.get(12).value(),
                STEPS,
                atStep.get(STEPS).value());
        assertThat(atStep.get(STEPS).value()).isGreaterThan(0.7);
        assertThat(atStep.get(12).value()).isGreaterThan(0.6);
    }

    /** Pearson's, over places and colours of all pictures. */
    private static final class Correlation {
        private final List<double[]> pairs = new ArrayList<>();

        void add(RgbImage preview, RgbImage picture) {
            int width = preview.width();
            assertThat(picture.width()).isEqualTo(width * SCALE);
            double[] means = new double[preview.pixels().length];
            for (int i = 0; i < picture.pixels().length; i++) {
                int x = i / 3 % picture.width() / SCALE;
                int y = i / 3 / picture.width() / SCALE;
                means[(y * width + x) * 3 + i % 3] +=
                        (picture.pixels()[i] & 0xff) / (double) (SCALE * SCALE);
            }
            for (int i = 0; i < means.length; i++) {
                pairs.add(new double[] {preview.pixels()[i] & 0xff, means[i]});
            }
        }

        double value() {
            double[] mean = new double[2];
            for (double[] pair : pairs) {
                mean[0] += pair[0] / pairs.size();
                mean[1] += pair[1] / pairs.size();
            }
            double both = 0;
            double first = 0;
            double second = 0;
            for (double[] pair : pairs) {
                both += (pair[0] - mean[0]) * (pair[1] - mean[1]);
                first += (pair[0] - mean[0]) * (pair[0] - mean[0]);
                second += (pair[1] - mean[1]) * (pair[1] - mean[1]);
            }
            return both / Math.sqrt(first * second);
        }
    }
}
