package dev.darkroom.diffusion.noise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.testing.Goldens;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TorchGeneratorTest {
    /**
     * Two units in the last place of the largest numbers, which are about 5: PyTorch's vectorised
     * functions are good to one. Other random numbers would be off by 1 and more.
     */
    private static final double TOLERANCE = 1e-6;

    private static final Pattern FRESH = Pattern.compile("seed(-?\\d+)\\.shape[\\dx]+");
    private static final Pattern DRAW = Pattern.compile("seed(-?\\d+)\\.draw(\\d)x\\d+");

    static Stream<String> files() {
        return Stream.of("torch-randn", "torch-randn-more");
    }

    @ParameterizedTest
    @MethodSource("files")
    void drawsWhatAFreshTorchGeneratorDraws(String file) {
        try (Goldens goldens = Goldens.open(file)) {
            List<String> names =
                    goldens.tensors().tensors().keySet().stream()
                            .filter(name -> FRESH.matcher(name).matches())
                            .toList();
            assertThat(names).hasSizeGreaterThan(50);
            for (String name : names) {
                float[] expected = goldens.floats(name);
                float[] actual = new TorchGenerator(seed(FRESH, name)).randn(expected.length);
                assertThat(Goldens.maxDifference(actual, expected)).as(name).isLessThan(TOLERANCE);
            }
        }
    }

    @Test
    void drawsOnWhereTheLastDrawEnded() {
        try (Goldens goldens = Goldens.open("torch-randn")) {
            for (long seed : new long[] {0, 1, 42, 123456789, 4294967295L, 9007199254740991L}) {
                TorchGenerator generator = new TorchGenerator(seed);
                for (String draw : new String[] {"first", "second"}) {
                    float[] expected = goldens.floats("seed" + seed + ".sequence." + draw);
                    assertThat(Goldens.maxDifference(generator.randn(expected.length), expected))
                            .as("%s of seed %s", draw, seed)
                            .isLessThan(TOLERANCE);
                }
            }
        }
    }

    @Test
    void keepsTheSecondNumberOfASmallDrawForTheNextSmallDraw() {
        try (Goldens goldens = Goldens.open("torch-randn-more")) {
            Map<Long, Map<Integer, String>> draws = new TreeMap<>();
            for (String name : goldens.tensors().tensors().keySet()) {
                Matcher matcher = DRAW.matcher(name);
                if (matcher.matches()) {
                    draws.computeIfAbsent(Long.parseLong(matcher.group(1)), seed -> new TreeMap<>())
                            .put(Integer.parseInt(matcher.group(2)), name);
                }
            }
            assertThat(draws).hasSize(9);
            draws.forEach(
                    (seed, names) -> {
                        TorchGenerator generator = new TorchGenerator(seed);
                        names.forEach(
                                (index, name) -> {
                                    float[] expected = goldens.floats(name);
                                    float[] actual = generator.randn(expected.length);
                                    assertThat(Goldens.maxDifference(actual, expected))
                                            .as(name)
                                            .isLessThan(TOLERANCE);
                                });
                    });
        }
    }

    @Test
    void usesTheLow32BitsOfASeed() {
        assertThat(new TorchGenerator(7 + (1L << 40)).randn(64))
                .isEqualTo(new TorchGenerator(7).randn(64))
                .isNotEqualTo(new TorchGenerator(8).randn(64));
    }

    private static long seed(Pattern pattern, String name) {
        Matcher matcher = pattern.matcher(name);
        assertThat(matcher.matches()).isTrue();
        return Long.parseLong(matcher.group(1));
    }
}
