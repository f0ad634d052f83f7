package dev.darkroom.trainer.evaluate;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.diffusion.tokenizer.ClipTokenizer;
import dev.darkroom.network.checkpoint.ConfigurationFile;
import dev.darkroom.network.checkpoint.WeightFile;
import dev.darkroom.network.clip.ClipConfiguration;
import dev.darkroom.network.clip.ClipNetwork;
import dev.darkroom.network.export.FrozenNetwork;
import dev.darkroom.network.parameter.ParameterSpec;
import dev.darkroom.network.parameter.ParameterValues;
import dev.darkroom.trainer.importing.TokenizerFolder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** Embeds pictures and texts with a CLIP, each as a vector of length 1. */
public final class ClipModel implements ClipEmbedder, AutoCloseable {
    /** Rows of one run, so that memory stays small whatever is asked for. */
    private static final int ROWS = 64;

    private final int width;
    private final ClipTokenizer tokenizer;
    private final PicturePreparation preparation;
    private final FrozenNetwork network = new FrozenNetwork();
    private final Placeholder<TFloat32> image;
    private final Placeholder<TInt32> tokenIds;
    private final Operand<TFloat32> imageEmbedding;
    private final Operand<TFloat32> textEmbedding;
    private final Operand<TFloat32> scale;

    /** Without values yet: {@link #load} gives them. */
    public ClipModel(
            ClipConfiguration configuration,
            ClipTokenizer tokenizer,
            PicturePreparation preparation) {
        this.width = configuration.projectionWidth();
        this.tokenizer = tokenizer;
        this.preparation = preparation;
        ClipNetwork clip = new ClipNetwork(configuration);
        var tf = network.scope().tf();
        image = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, -1, -1, 3)));
        tokenIds = tf.placeholder(TInt32.class, Placeholder.shape(Shape.of(-1, -1)));
        imageEmbedding = clip.embedImages(network.scope(), image);
        textEmbedding = clip.embedTexts(network.scope(), tokenIds);
        scale = clip.scale(network.scope());
    }

    /**
     * A folder as transformers' {@code CLIPModel}, {@code CLIPTokenizer} and {@code
     * CLIPImageProcessor} open it.
     *
     * @throws DarkroomException {@link ErrorCode#INVALID_CHECKPOINT} naming the file and the key or
     *     tensor
     */
    public static ClipModel open(Path folder) {
        Path absolute = folder.toAbsolutePath().normalize();
        Path parent = Objects.requireNonNullElse(absolute.getParent(), absolute);
        String name = String.valueOf(absolute.getFileName());
        ClipConfiguration configuration =
                ClipConfiguration.of(ConfigurationFile.read(parent, name + "/config.json"));
        TokenizerFolder tokenizer =
                TokenizerFolder.read(
                        parent,
                        name + "/",
                        configuration.text().vocabulary(),
                        configuration.text().positions());
        ClipModel embedder =
                new ClipModel(
                        configuration,
                        tokenizer.tokenizer(),
                        PicturePreparation.read(absolute, configuration.vision().imageSize()));
        boolean loaded = false;
        try (WeightFile weights = WeightFile.open(parent, name, "model")) {
            // Buffers that older versions of transformers saved; they only count upwards.
            weights.bind(embedder.specs(), key -> key.endsWith("embeddings.position_ids"));
            embedder.load(weights);
            loaded = true;
            return embedder;
        } finally {
            if (!loaded) {
                embedder.close();
            }
        }
    }

    public List<ParameterSpec> specs() {
        return network.specs();
    }

    /** Before the first use, and again where values have changed. */
    public void load(ParameterValues values) {
        network.load(values);
    }

    @Override
    public int dimensions() {
        return width;
    }

    /** One vector of length 1 a picture, of any size. */
    @Override
    public float[] of(List<RgbImage> pictures) {
        int side = preparation.side();
        float[] embeddings = new float[pictures.size() * width];
        for (int from = 0; from < pictures.size(); from += ROWS) {
            int rows = Math.min(ROWS, pictures.size() - from);
            float[] pixels = preparation.batch(pictures.subList(from, from + rows));
            try (TFloat32 fed =
                            TFloat32.tensorOf(
                                    Shape.of(rows, side, side, 3), DataBuffers.of(pixels));
                    Result result = runner().feed(image, fed).fetch(imageEmbedding).run()) {
                read(result, embeddings, from * width);
            }
        }
        return embeddings;
    }

    /** One vector of length 1 a text. */
    @Override
    public float[] ofTexts(List<String> texts) {
        float[] embeddings = new float[texts.size() * width];
        for (int from = 0; from < texts.size(); from += ROWS) {
            List<String> part = texts.subList(from, Math.min(from + ROWS, texts.size()));
            int[] ids =
                    part.stream()
                            .map(tokenizer::encodePadded)
                            .flatMapToInt(Arrays::stream)
                            .toArray();
            Shape shape = Shape.of(part.size(), ids.length / part.size());
            try (TInt32 fed = TInt32.tensorOf(shape, DataBuffers.of(ids));
                    Result result = runner().feed(tokenIds, fed).fetch(textEmbedding).run()) {
                read(result, embeddings, from * width);
            }
        }
        return embeddings;
    }

    /** What the network multiplies cosines by. */
    public double scale() {
        try (Result result = runner().fetch(scale).run()) {
            return ((TFloat32) result.get(0)).getFloat();
        }
    }

    private Session.Runner runner() {
        return network.session().runner();
    }

    private static void read(Result result, float[] target, int offset) {
        TFloat32 tensor = (TFloat32) result.get(0);
        tensor.asRawTensor().data().asFloats().read(target, offset, Math.toIntExact(tensor.size()));
    }

    @Override
    public void close() {
        network.close();
    }
}
