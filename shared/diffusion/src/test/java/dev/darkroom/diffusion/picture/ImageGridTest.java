package dev.darkroom.diffusion.picture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.diffusion.pipeline.RgbImage;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ImageGridTest {
    @Test
    void putsPicturesInRowsWithMargins() {
        RgbImage grid =
                ImageGrid.of(List.of(grey(2, 1, 10), grey(2, 1, 20), grey(2, 1, 30)), 2, 1, 255);

        assertThat(grid.width()).isEqualTo(7);
        assertThat(grid.height()).isEqualTo(5);
        assertThat(row(grid, 0)).containsOnly(255);
        assertThat(row(grid, 1)).containsExactly(255, 10, 10, 255, 20, 20, 255);
        assertThat(row(grid, 2)).containsOnly(255);
        assertThat(row(grid, 3)).containsExactly(255, 30, 30, 255, 255, 255, 255);
    }

    @Test
    void refusesPicturesOfSeveralSizes() {
        assertThatThrownBy(() -> ImageGrid.of(List.of(grey(2, 1, 0), grey(1, 2, 0)), 2, 1, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1x2");
    }

    private static RgbImage grey(int width, int height, int level) {
        byte[] pixels = new byte[width * height * 3];
        Arrays.fill(pixels, (byte) level);
        return new RgbImage(width, height, pixels);
    }

    private static int[] row(RgbImage image, int y) {
        int[] levels = new int[image.width()];
        for (int x = 0; x < levels.length; x++) {
            int at = (y * image.width() + x) * 3;
            assertThat(image.pixels()[at + 1]).isEqualTo(image.pixels()[at]);
            levels[x] = image.pixels()[at] & 0xff;
        }
        return levels;
    }
}
