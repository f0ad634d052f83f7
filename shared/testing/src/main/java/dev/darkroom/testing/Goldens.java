package dev.darkroom.testing;

import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.tensor.SafetensorsFile;
import dev.darkroom.contract.tensor.TensorInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reference values: a safetensors file in PyTorch's layout (NCHW) and, beside it, a JSON file that
 * says for each tensor what it is and how far another float32 implementation may be from it.
 */
public final class Goldens implements AutoCloseable {
    /** Python writes infinities as they are. */
    private static final ObjectReader INDEX_READER =
            Json.mapper().reader().with(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS);

    private final SafetensorsFile tensors;
    private final JsonNode index;

    private Goldens(SafetensorsFile tensors, JsonNode index) {
        this.tensors = tensors;
        this.index = index;
    }

    /** Opens {@code goldens/NAME.safetensors} of this room's resources. */
    public static Goldens open(String name) {
        return open(folder(), name);
    }

    /**
     * Opens {@code NAME.safetensors} in any folder; where it has no JSON file the index is empty.
     */
    public static Goldens open(Path folder, String name) {
        Path index = folder.resolve(name + ".json");
        try {
            return new Goldens(
                    SafetensorsFile.open(folder.resolve(name + ".safetensors")),
                    Files.exists(index)
                            ? INDEX_READER.readTree(Files.readAllBytes(index))
                            : Json.mapper().createObjectNode());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The folder of this room's golden files. */
    public static Path folder() {
        return Checkout.root().resolve("shared/testing/src/main/resources/goldens");
    }

    public SafetensorsFile tensors() {
        return tensors;
    }

    /** The JSON file beside the tensors. */
    public JsonNode index() {
        return index;
    }

    public float[] floats(String name) {
        return tensors.floats(name);
    }

    public int[] shape(String name) {
        return tensors.info(name).shape().stream().mapToInt(Math::toIntExact).toArray();
    }

    /** A tensor [N,C,H,W] as NHWC. */
    public float[] nhwc(String name) {
        TensorInfo info = tensors.info(name);
        int[] shape = shape(name);
        if (shape.length != 4) {
            throw new IllegalArgumentException(name + " is " + info.shapeText());
        }
        return toNhwc(tensors.floats(name), shape[0], shape[1], shape[2] * shape[3]);
    }

    /** {@code [n, channels, area]} as {@code [n, area, channels]}. */
    public static float[] toNhwc(float[] values, int n, int channels, int area) {
        float[] result = new float[values.length];
        for (int b = 0; b < n; b++) {
            for (int c = 0; c < channels; c++) {
                for (int p = 0; p < area; p++) {
                    result[(b * area + p) * channels + c] = values[(b * channels + c) * area + p];
                }
            }
        }
        return result;
    }

    /**
     * Largest absolute difference; infinite where a value is not a number or the lengths differ.
     */
    public static double maxDifference(float[] actual, float[] expected) {
        if (actual.length != expected.length) {
            return Double.POSITIVE_INFINITY;
        }
        double largest = 0;
        for (int i = 0; i < actual.length; i++) {
            double difference = Math.abs((double) actual[i] - expected[i]);
            if (!(difference <= largest)) {
                largest = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference;
            }
        }
        return largest;
    }

    @Override
    public void close() {
        tensors.close();
    }
}
