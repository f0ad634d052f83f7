package dev.darkroom.diffusion.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RgbImageTest {
    @Test
    void clampsAndRoundsHalvesToEvenLikeNumpy() {
        // 1/255 of a grey level is 2/255 of the decoder's range; 0.5 and 1.5 levels are exact ties.
        float[] values = {-1.5f, -1, 1, 1.5f, 0, 1f / 255};
        RgbImage image = RgbImage.fromDecoder(1, 2, values, 0);
        assertThat(image.pixels())
                .containsExactly(0, 0, (byte) 255, (byte) 255, (byte) 128, (byte) 128);
    }

    @Test
    void readsFromAnOffset() {
        RgbImage image = RgbImage.fromDecoder(1, 1, new float[] {9, 9, -1, 0, 1}, 2);
        assertThat(image.pixels()).containsExactly(0, (byte) 128, (byte) 255);
    }
}
