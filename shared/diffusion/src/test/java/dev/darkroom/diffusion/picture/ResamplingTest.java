package dev.darkroom.diffusion.picture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.diffusion.pipeline.RgbImage;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResamplingTest {
    /** Sum of the bytes, and sum weighted by place, of Pillow 13.0.0's {@code Image.resize}. */
    @ParameterizedTest
    @CsvSource({
        "BILINEAR, 8, 6, 18175, 1327885",
        "BILINEAR, 40, 31, 470268, 221862301",
        "BILINEAR, 17, 5, 32226, 4164980",
        "BILINEAR, 1, 1, 383, 770",
        "BICUBIC, 8, 6, 18180, 1328514",
        "BICUBIC, 40, 31, 470481, 221885206",
        "BICUBIC, 17, 5, 32232, 4167731",
        "BICUBIC, 17, 13, 83816, 27873780",
        "BICUBIC, 1, 1, 382, 767",
        "LANCZOS, 8, 6, 18177, 1329666",
        "LANCZOS, 40, 31, 470785, 222032464",
        "LANCZOS, 17, 5, 32234, 4172631",
        "LANCZOS, 1, 1, 382, 767"
    })
    void givesPillowsBytes(Resampling filter, int width, int height, long sum, long weighted) {
        byte[] pixels = new byte[17 * 13 * 3];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (byte) (i * i * 7 + i * 31);
        }
        RgbImage resized = filter.resize(new RgbImage(17, 13, pixels), width, height);

        assertThat(resized.width()).isEqualTo(width);
        assertThat(resized.height()).isEqualTo(height);
        long plain = 0;
        long byPlace = 0;
        for (int i = 0; i < resized.pixels().length; i++) {
            int value = resized.pixels()[i] & 0xff;
            plain += value;
            byPlace += (long) value * (i % 997 + 1);
        }
        assertThat(plain).isEqualTo(sum);
        assertThat(byPlace).isEqualTo(weighted);
    }
}
