package dev.darkroom.trainer.evaluate;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.storage.Sha256;
import dev.darkroom.contract.tensor.ElementType;
import dev.darkroom.contract.tensor.SafetensorsFile;
import dev.darkroom.contract.tensor.SafetensorsWriter;
import dev.darkroom.contract.tensor.TensorDeclaration;
import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.network.export.FrozenNetwork;
import dev.darkroom.network.parameter.ParameterSpec;
import dev.darkroom.network.parameter.ParameterValues;
import dev.darkroom.trainer.graph.ClassifierNetwork;
import dev.darkroom.trainer.loop.Feeds;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/**
 * Tells kinds of pictures apart, and gives their features. Pictures of any size are brought to its
 * own. Whoever opens it closes it.
 */
public final class Classifier implements PictureFeatures, AutoCloseable {
    /** The file's usual name. */
    public static final String FILE = "classifier.safetensors";

    private static final String CLASSES = "classes";
    private static final String SIDE = "side";
    private static final int BATCH = 64;

    private final ClassifierNetwork shape;
    private final PicturePreparation preparation;
    private final FrozenNetwork network;
    private final Placeholder<TFloat32> image;
    private final ClassifierNetwork.Output output;
    private final Map<String, float[]> values = new LinkedHashMap<>();

    private Classifier(ClassifierNetwork shape) {
        this.shape = shape;
        this.preparation = PicturePreparation.plain(shape.side());
        this.network = new FrozenNetwork();
        this.image =
                network.scope()
                        .tf()
                        .placeholder(
                                TFloat32.class,
                                Placeholder.shape(
                                        Shape.of(
                                                Shape.UNKNOWN_SIZE,
                                                shape.side(),
                                                shape.side(),
                                                3)));
        this.output = shape.build(network.scope(), image);
    }

    /** With given values. */
    static Classifier of(ClassifierNetwork shape, ParameterValues values) {
        Classifier classifier = new Classifier(shape);
        try {
            for (ParameterSpec spec : classifier.network.specs()) {
                classifier.values.put(spec.key(), values.values(spec));
            }
            classifier.network.load(
                    spec -> Objects.requireNonNull(classifier.values.get(spec.key())).clone());
            return classifier;
        } catch (RuntimeException | Error e) {
            classifier.close();
            throw e;
        }
    }

    /**
     * Reads what {@link #save} wrote.
     *
     * @throws DarkroomException {@link ErrorCode#INVALID_CHECKPOINT} where it is no such file
     */
    public static Classifier open(Path file) {
        try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
            ClassifierNetwork shape =
                    new ClassifierNetwork(number(tensors, SIDE), number(tensors, CLASSES));
            return of(shape, spec -> tensors.floats(spec.key()));
        }
    }

    private static int number(SafetensorsFile file, String key) {
        try {
            return Integer.parseInt(file.metadata().getOrDefault(key, ""));
        } catch (NumberFormatException e) {
            throw new DarkroomException(
                    ErrorCode.INVALID_CHECKPOINT, file.path() + " does not say its " + key, e);
        }
    }

    /** Writes it as one file, in the graph's own layout. */
    public void save(Path file) {
        List<TensorDeclaration> tensors = new ArrayList<>();
        for (ParameterSpec spec : network.specs()) {
            tensors.add(new TensorDeclaration(spec.key(), ElementType.F32, spec.shape()));
        }
        try {
            SafetensorsWriter.write(
                    file,
                    tensors,
                    values,
                    Map.of(
                            SIDE, String.valueOf(shape.side()),
                            CLASSES, String.valueOf(shape.classes())));
        } catch (IOException e) {
            throw new DarkroomException(
                    ErrorCode.RESOURCE_EXHAUSTED, file + " cannot be written: " + e, e);
        }
    }

    /** A name by what it has learnt: two classifiers with one name judge alike. */
    public String identity() {
        ByteBuffer bytes =
                ByteBuffer.allocate(
                        values.values().stream().mapToInt(of -> of.length * Float.BYTES).sum());
        values.values().forEach(of -> putAll(bytes, of));
        return Sha256.of(bytes.array()).substring(0, 12);
    }

    private static void putAll(ByteBuffer bytes, float[] values) {
        for (float value : values) {
            bytes.putFloat(value);
        }
    }

    /** Number of classes that it knows. */
    public int classes() {
        return shape.classes();
    }

    @Override
    public int dimensions() {
        return ClassifierNetwork.FEATURES;
    }

    @Override
    public float[] of(List<RgbImage> pictures) {
        return run(pictures, output.features(), dimensions());
    }

    /** The class of each picture. */
    public int[] classify(List<RgbImage> pictures) {
        float[] logits = run(pictures, output.logits(), classes());
        int[] found = new int[pictures.size()];
        for (int i = 0; i < logits.length; i++) {
            int row = i / classes();
            if (logits[i] > logits[row * classes() + found[row]]) {
                found[row] = i % classes();
            }
        }
        return found;
    }

    private float[] run(List<RgbImage> pictures, Operand<TFloat32> fetched, int columns) {
        int side = shape.side();
        float[] all = new float[pictures.size() * columns];
        for (int from = 0; from < pictures.size(); from += BATCH) {
            List<RgbImage> part = pictures.subList(from, Math.min(pictures.size(), from + BATCH));
            try (TFloat32 input =
                            TFloat32.tensorOf(
                                    Shape.of(part.size(), side, side, 3),
                                    DataBuffers.of(preparation.batch(part)));
                    Result result =
                            network.session().runner().feed(image, input).fetch(fetched).run()) {
                float[] rows = Feeds.floats((TFloat32) result.get(0));
                System.arraycopy(rows, 0, all, from * columns, rows.length);
            }
        }
        return all;
    }

    @Override
    public void close() {
        network.close();
    }
}
