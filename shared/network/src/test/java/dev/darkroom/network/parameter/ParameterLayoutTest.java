package dev.darkroom.network.parameter;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ParameterLayoutTest {
    private static final int HEIGHT = 2;
    private static final int WIDTH = 3;
    private static final int IN = 4;
    private static final int OUT = 5;

    private static float[] counted(int elements) {
        float[] values = new float[elements];
        for (int i = 0; i < elements; i++) {
            values[i] = i;
        }
        return values;
    }

    @Test
    void movesEveryElementOfAKernelToItsPlace() {
        float[] file =
                ParameterLayout.CONVOLUTION.toFile(
                        List.of((long) HEIGHT, (long) WIDTH, (long) IN, (long) OUT),
                        counted(HEIGHT * WIDTH * IN * OUT));

        for (int y = 0; y < HEIGHT; y++) {
            for (int x = 0; x < WIDTH; x++) {
                for (int i = 0; i < IN; i++) {
                    for (int o = 0; o < OUT; o++) {
                        assertThat(file[((o * IN + i) * HEIGHT + y) * WIDTH + x])
                                .isEqualTo(((y * WIDTH + x) * IN + i) * OUT + o);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void readsBackWhatItWrites(ParameterLayout layout) {
        List<Long> shape =
                layout == ParameterLayout.CONVOLUTION
                        ? List.of((long) HEIGHT, (long) WIDTH, (long) IN, (long) OUT)
                        : List.of((long) IN, (long) OUT);
        float[] graph = counted(layout == ParameterLayout.CONVOLUTION ? 120 : 20);

        float[] file = layout.toFile(shape, graph);

        assertThat(layout.fromFile(shape, file)).isEqualTo(graph);
        assertThat(file)
                .as("moved")
                .satisfies(
                        moved -> {
                            if (layout != ParameterLayout.PLAIN) {
                                assertThat(moved).isNotEqualTo(graph);
                            }
                        });
    }
}
