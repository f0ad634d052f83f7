package dev.darkroom.network.clip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.darkroom.network.export.FrozenNetwork;
import dev.darkroom.network.nn.Activation;
import dev.darkroom.network.parameter.ParameterSpec;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * {@code CLIPModel} of transformers 4.57.3 (PyTorch 2.9.1, CPU, float32) with weights that are a
 * formula of key and index. Embeddings have length 1; two float32 implementations of four layers
 * differ by some 1e-6.
 */
class ClipNetworkTest {
    private static final ClipConfiguration CONFIGURATION =
            new ClipConfiguration(
                    new ClipTextConfiguration(
                            30, 16, 24, 2, 4, 9, Activation.QUICK_GELU, 1e-5, 29, false),
                    new ClipVisionConfiguration(12, 20, 2, 3, 10, 4, Activation.GELU, 1e-5),
                    6);
    private static final double TOLERANCE = 5e-6;

    private static final double[] IMAGES = {
        -0.3074934, 0.4888611, 0.3273909, -0.4755358, -0.3467460, 0.4614226,
        -0.3769056, 0.4374004, 0.3947085, -0.4213351, -0.4118576, 0.4045718
    };
    private static final double[] TEXTS = {
        -0.4127803, -0.1492916, 0.5550010, -0.3794223, -0.1935495, 0.5638046,
        -0.4236344, -0.1334705, 0.5507833, -0.3912255, -0.1780878, 0.5608784,
        -0.4591579, -0.0770842, 0.5325911, -0.4302813, -0.1226896, 0.5471599
    };
    private static final double LOGIT_SCALE = 1.2338326;

    private static float[] formula(ParameterSpec spec) {
        CRC32 crc = new CRC32();
        crc.update(spec.key().getBytes(StandardCharsets.UTF_8));
        long phase = crc.getValue() % 1000;
        float[] values = new float[(int) spec.elements()];
        for (int i = 0; i < values.length; i++) {
            double x = Math.sin(phase + 1.7 * i);
            if (spec.key().contains("norm") || spec.key().contains("layrnorm")) {
                values[i] = (float) (0.2 * x + (spec.key().endsWith("weight") ? 1 : 0));
            } else {
                values[i] =
                        (float) (0.5 * x + (spec.key().equals(ClipNetwork.LOGIT_SCALE) ? 1 : 0));
            }
        }
        return spec.layout().fromFile(spec.shape(), values);
    }

    @Test
    void embedsPicturesAndTextsAsTransformersDoes() {
        float[] pixels = new float[2 * 10 * 10 * 3];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (float) Math.sin(0.3 * i);
        }
        int[] ids = {
            28, 3, 7, 29, 29, 29, 29, 29, 29,
            28, 1, 2, 3, 4, 5, 6, 7, 29,
            28, 11, 29, 29, 29, 29, 29, 29, 29
        };
        try (FrozenNetwork network = new FrozenNetwork();
                TFloat32 image = TFloat32.tensorOf(Shape.of(2, 10, 10, 3), DataBuffers.of(pixels));
                TInt32 tokenIds = TInt32.tensorOf(Shape.of(3, 9), DataBuffers.of(ids))) {
            ClipNetwork clip = new ClipNetwork(CONFIGURATION);
            Placeholder<TFloat32> images = network.scope().tf().placeholder(TFloat32.class);
            Placeholder<TInt32> texts =
                    network.scope()
                            .tf()
                            .placeholder(TInt32.class, Placeholder.shape(Shape.of(-1, -1)));
            Operand<TFloat32> imageEmbeddings = clip.embedImages(network.scope(), images);
            Operand<TFloat32> textEmbeddings = clip.embedTexts(network.scope(), texts);
            Operand<TFloat32> scale = clip.scale(network.scope());
            network.load(ClipNetworkTest::formula);
            try (Result result =
                    network.session()
                            .runner()
                            .feed(images, image)
                            .feed(texts, tokenIds)
                            .fetch(imageEmbeddings)
                            .fetch(textEmbeddings)
                            .fetch(scale)
                            .run()) {
                assertNear((TFloat32) result.get(0), IMAGES);
                assertNear((TFloat32) result.get(1), TEXTS);
                assertThat((double) ((TFloat32) result.get(2)).getFloat())
                        .isCloseTo(Math.exp(LOGIT_SCALE), within(1e-5));
            }
        }
    }

    private static void assertNear(TFloat32 actual, double[] expected) {
        float[] values = new float[(int) actual.size()];
        actual.asRawTensor().data().asFloats().read(values);
        assertThat(values).hasSize(expected.length);
        for (int i = 0; i < values.length; i++) {
            assertThat((double) values[i]).isCloseTo(expected[i], within(TOLERANCE));
        }
    }
}
