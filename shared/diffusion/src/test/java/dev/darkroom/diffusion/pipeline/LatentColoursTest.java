package dev.darkroom.diffusion.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.diffusion.sampler.Latents;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LatentColoursTest {
    /** Small enough that nothing is clamped, even of sixteen channels. */
    private static final double[][] WEIGHTS = {
        {0.07, -0.03, 0.02, 0.01}, {-0.02, 0.05, 0.06, -0.04}, {0.03, 0.02, -0.05, 0.08}
    };

    private static final double[] CONSTANT = {0.1, -0.2, 0.05};

    /** The last channel has no say. */
    @ParameterizedTest
    @CsvSource({"1, 1", "4, 8", "5, 4", "16, 2"})
    void recoversADecoderThatIsLinear(int channels, int scale) {
        List<Integer> calls = new ArrayList<>();
        LatentColours colours =
                LatentColours.fit(
                        latents -> {
                            calls.add(latents.count());
                            assertThat(latents.rowLength()).isEqualTo(8 * 8 * channels);
                            return decode(latents, scale);
                        },
                        TextToImage.noise(new long[] {1, 2, 3}, 20, 12, channels));
        Latents latents = TextToImage.noise(new long[] {71, 72}, 5, 9, channels);

        List<RgbImage> pictures = colours.of(latents);

        assertThat(calls).containsExactly(4);
        List<RgbImage> exact = decode(latents, 1);
        assertThat(pictures).hasSize(2);
        for (int n = 0; n < 2; n++) {
            assertThat(pictures.get(n).width()).isEqualTo(9);
            assertThat(pictures.get(n).height()).isEqualTo(5);
            byte[] expected = exact.get(n).pixels();
            for (int i = 0; i < expected.length; i++) {
                assertThat(pictures.get(n).pixels()[i] & 0xff)
                        .isCloseTo(expected[i] & 0xff, org.assertj.core.data.Offset.offset(1));
            }
        }
    }

    @Test
    void latentsOfOneColourHaveThatColour() {
        Latents flat = new Latents(1, 1, 1, 4, new float[] {1, 2, 3, 4});

        List<RgbImage> pictures = LatentColours.fit(latents -> decode(latents, 2), flat).of(flat);

        byte[] expected = decode(flat, 1).get(0).pixels();
        for (int i = 0; i < expected.length; i++) {
            assertThat(pictures.get(0).pixels()[i] & 0xff)
                    .isCloseTo(expected[i] & 0xff, org.assertj.core.data.Offset.offset(1));
        }
    }

    /** Each place a square of pixels of its colour, with details that even out within it. */
    private static List<RgbImage> decode(Latents latents, int scale) {
        int width = latents.width() * scale;
        int height = latents.height() * scale;
        List<RgbImage> pictures = new ArrayList<>();
        for (int n = 0; n < latents.count(); n++) {
            float[] values = new float[width * height * 3];
            for (int i = 0; i < values.length; i++) {
                int x = i / 3 % width;
                int y = i / 3 / width;
                int place = (n * latents.height() + y / scale) * latents.width() + x / scale;
                double value = CONSTANT[i % 3];
                for (int c = 0; c < latents.channels() - 1; c++) {
                    value +=
                            WEIGHTS[i % 3][c % 4]
                                    * latents.values()[place * latents.channels() + c];
                }
                boolean whole = scale % 2 == 0;
                values[i] = (float) (value + (whole ? (x + y) % 2 * 0.1 - 0.05 : 0));
            }
            pictures.add(RgbImage.fromDecoder(width, height, values, 0));
        }
        return pictures;
    }
}
