package dev.darkroom.worker.generate;

import dev.darkroom.diffusion.pipeline.NoisePredictor;
import dev.darkroom.diffusion.pipeline.TextEmbedding;
import dev.darkroom.diffusion.sampler.Latents;
import java.util.Arrays;

/** Asks in as many calls as the number of rows a call may have makes necessary. */
final class BoundedNoisePredictor implements NoisePredictor {
    private final NoisePredictor predictor;
    private final int maxRows;
    private final Cancellation cancellation;

    BoundedNoisePredictor(NoisePredictor predictor, int maxRows, Cancellation cancellation) {
        this.predictor = predictor;
        this.maxRows = maxRows;
        this.cancellation = cancellation;
    }

    @Override
    public Latents predict(Latents latents, float[] timesteps, TextEmbedding text) {
        int count = latents.count();
        if (count <= maxRows) {
            cancellation.check();
            return predictor.predict(latents, timesteps, text);
        }
        float[] prediction = new float[latents.values().length];
        int row = prediction.length / count;
        for (int from = 0; from < count; from += maxRows) {
            cancellation.check();
            int to = Math.min(count, from + maxRows);
            float[] part =
                    predictor
                            .predict(
                                    latents.rows(from, to),
                                    Arrays.copyOfRange(timesteps, from, to),
                                    rows(text, from, to))
                            .values();
            System.arraycopy(part, 0, prediction, from * row, part.length);
        }
        return latents.with(prediction);
    }

    static TextEmbedding rows(TextEmbedding text, int from, int to) {
        int row = text.tokens() * text.width();
        return new TextEmbedding(
                to - from,
                text.tokens(),
                text.width(),
                Arrays.copyOfRange(text.values(), from * row, to * row));
    }
}
