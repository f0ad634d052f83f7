package dev.darkroom.trainer.stage;

import dev.darkroom.diffusion.pipeline.TextEmbedding;
import dev.darkroom.diffusion.pipeline.TextEncoder;
import dev.darkroom.network.clip.ClipTextConfiguration;
import dev.darkroom.network.clip.ClipTextNetwork;
import dev.darkroom.network.export.FrozenNetwork;
import dev.darkroom.network.parameter.ParameterValues;
import dev.darkroom.trainer.loop.Feeds;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * A text encoder that stays as it is: each text is encoded once, since captions of a data set come
 * again and again. The texts used longest ago are forgotten first.
 */
final class TextTable implements TextEncoder, AutoCloseable {
    private static final int MOST_VALUES = 1 << 26;

    private final int width;
    private final FrozenNetwork network = new FrozenNetwork();
    private final Placeholder<TInt32> tokenIds;
    private final Operand<TFloat32> embedding;
    private final Map<IntBuffer, float[]> known;

    TextTable(ClipTextConfiguration configuration, ParameterValues values) {
        width = configuration.width();
        int most = MOST_VALUES / (configuration.positions() * width);
        known =
                new LinkedHashMap<>(16, 0.75f, true) {
                    private static final long serialVersionUID = 1;

                    @Override
                    protected boolean removeEldestEntry(Map.Entry<IntBuffer, float[]> eldest) {
                        return size() > most;
                    }
                };
        tokenIds =
                network.scope().tf().placeholder(TInt32.class, Placeholder.shape(Shape.of(-1, -1)));
        embedding = new ClipTextNetwork(configuration).build(network.scope(), tokenIds).embedding();
        network.load(values);
    }

    @Override
    public TextEmbedding encode(int[][] texts) {
        int tokens = texts[0].length;
        List<int[]> unknown = new ArrayList<>();
        for (int[] text : texts) {
            if (!known.containsKey(IntBuffer.wrap(text))
                    && unknown.stream().noneMatch(other -> Arrays.equals(other, text))) {
                unknown.add(text);
            }
        }
        Map<IntBuffer, float[]> found = learn(unknown, tokens);
        float[] values = new float[texts.length * tokens * width];
        for (int n = 0; n < texts.length; n++) {
            IntBuffer key = IntBuffer.wrap(texts[n]);
            float[] row = found.containsKey(key) ? found.get(key) : known.get(key);
            System.arraycopy(
                    Objects.requireNonNull(row), 0, values, n * tokens * width, tokens * width);
        }
        known.putAll(found);
        return new TextEmbedding(texts.length, tokens, width, values);
    }

    private Map<IntBuffer, float[]> learn(List<int[]> texts, int tokens) {
        Map<IntBuffer, float[]> found = new LinkedHashMap<>();
        if (texts.isEmpty()) {
            return found;
        }
        int[] flat = new int[texts.size() * tokens];
        for (int n = 0; n < texts.size(); n++) {
            System.arraycopy(texts.get(n), 0, flat, n * tokens, tokens);
        }
        try (Feeds feeds = new Feeds().ints(tokenIds, flat, texts.size(), tokens);
                Result result = feeds.into(network.session().runner()).fetch(embedding).run()) {
            float[] values = Feeds.floats((TFloat32) result.get(0));
            for (int n = 0; n < texts.size(); n++) {
                float[] row = new float[tokens * width];
                System.arraycopy(values, n * row.length, row, 0, row.length);
                found.put(IntBuffer.wrap(texts.get(n).clone()), row);
            }
        }
        return found;
    }

    @Override
    public void close() {
        network.close();
    }
}
