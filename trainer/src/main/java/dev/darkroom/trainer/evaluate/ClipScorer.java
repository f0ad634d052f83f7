package dev.darkroom.trainer.evaluate;

import dev.darkroom.diffusion.metric.Embeddings;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Mean CLIP score of pictures with their prompts. */
public final class ClipScorer implements Scorer {
    private static final int BATCH = 64;

    private final Measure measure;
    private final ClipEmbedder clip;

    public ClipScorer(Measure measure, ClipEmbedder clip) {
        this.measure = measure;
        this.clip = clip;
    }

    @Override
    public Measure measure() {
        return measure;
    }

    @Override
    public Optional<Double> score(Samples samples) {
        List<Sample> each = samples.each();
        double sum = 0;
        for (int from = 0; from < each.size(); from += BATCH) {
            List<Sample> batch = each.subList(from, Math.min(each.size(), from + BATCH));
            float[] pictures = clip.of(batch.stream().map(Sample::picture).toList());
            float[] texts = clip.ofTexts(batch.stream().map(one -> one.prompt().text()).toList());
            for (int i = 0; i < batch.size(); i++) {
                sum += Embeddings.clipScore(row(pictures, i), row(texts, i));
            }
        }
        return each.isEmpty() ? Optional.empty() : Optional.of(sum / each.size());
    }

    private float[] row(float[] rows, int index) {
        int width = clip.dimensions();
        return Arrays.copyOfRange(rows, index * width, (index + 1) * width);
    }

    @Override
    public String needs() {
        return "a picture";
    }
}
