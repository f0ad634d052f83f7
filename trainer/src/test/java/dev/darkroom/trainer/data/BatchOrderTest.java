package dev.darkroom.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class BatchOrderTest {
    /** Pictures of given widths. */
    private static ImageDataset widths(int... widths) {
        return new ImageDataset() {
            @Override
            public int size() {
                return widths.length;
            }

            @Override
            public List<String> classes() {
                return List.of();
            }

            @Override
            public OptionalInt label(int index) {
                return OptionalInt.empty();
            }

            @Override
            public Bucket bucket(int index) {
                return new Bucket(widths[index], 8);
            }

            @Override
            public Example example(int index, long draw) {
                return new Example(
                        Picture.of(widths[index], 8, new byte[widths[index] * 8 * 3]),
                        "picture " + index,
                        OptionalInt.empty());
            }

            @Override
            public List<String> captions() {
                return List.of();
            }
        };
    }

    private static ImageDataset alike(int size) {
        return widths(IntStream.range(0, size).map(i -> 8).toArray());
    }

    @ParameterizedTest
    @CsvSource({"60,6", "61,6", "7,10", "1,4", "1000,64"})
    void givesEveryExampleOnceALap(int size, int batch) {
        BatchOrder order = BatchOrder.of(alike(size), batch, 5);
        Map<Long, List<Integer>> laps = new HashMap<>();
        for (long step = 0; step * batch < 4L * size; step++) {
            int[] indices = order.indices(step);
            long[] draws = order.draws(step);
            assertThat(indices).hasSize(batch);
            for (int i = 0; i < batch; i++) {
                laps.computeIfAbsent(draws[i], lap -> new ArrayList<>()).add(indices[i]);
            }
        }
        for (long lap = 0; lap < 4; lap++) {
            assertThat(laps.get(lap))
                    .containsExactlyInAnyOrderElementsOf(IntStream.range(0, size).boxed().toList());
        }
    }

    @Test
    void shufflesEveryLapAnew() {
        BatchOrder order = BatchOrder.of(alike(1000), 1000, 5);
        int[] first = order.indices(0);
        int[] second = order.indices(1);
        int stayed = 0;
        int neighbours = 0;
        for (int i = 0; i < 1000; i++) {
            stayed += first[i] == second[i] || first[i] == i ? 1 : 0;
            neighbours += i > 0 && Math.abs(first[i] - first[i - 1]) == 1 ? 1 : 0;
        }
        // About two of each are expected of permutations that have nothing in common.
        assertThat(stayed).isLessThan(12);
        assertThat(neighbours).isLessThan(12);
        assertThat(BatchOrder.of(alike(1000), 1000, 6).indices(0)).isNotEqualTo(first);
    }

    @Test
    void spreadsEveryPlaceOverAllExamples() {
        int[] counts = new int[10];
        for (int seed = 0; seed < 2000; seed++) {
            counts[BatchOrder.of(alike(10), 1, seed).indices(0)[0]]++;
        }
        // 200 each; chi-squared with 9 degrees of freedom passes 27.9 once in a thousand seeds.
        double chi = Arrays.stream(counts).mapToDouble(c -> (c - 200.0) * (c - 200) / 200).sum();
        assertThat(chi).isLessThan(27.9);
    }

    @Test
    void keepsToOneBucketAndLeavesOutNobody() {
        int[] widths = IntStream.range(0, 103).map(i -> i < 70 ? 8 : i < 100 ? 16 : 24).toArray();
        BatchOrder order = BatchOrder.of(widths(widths), 8, 3);
        Map<Integer, Integer> seen = new HashMap<>();
        long steps = order.stepsBefore(16);
        for (long step = 0; step < steps; step++) {
            for (int index : order.indices(step)) {
                assertThat(widths[index]).isEqualTo(order.bucket(step).width());
                seen.merge(index, 1, Integer::sum);
            }
        }
        // Sixteen epochs: what a bucket holds back at the end is less than a batch.
        assertThat(seen).hasSize(103);
        assertThat(seen.values()).allMatch(count -> count >= 13 && count <= 16);
        assertThat(seen.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(steps * 8);
    }

    @Test
    void mixesTheBucketsWithinAnEpoch() {
        int[] widths = IntStream.range(0, 200).map(i -> i < 100 ? 8 : 16).toArray();
        BatchOrder order = BatchOrder.of(widths(widths), 4, 3);
        List<Integer> turns =
                LongStream.range(0, order.stepsBefore(1))
                        .mapToObj(step -> order.bucket(step).width())
                        .toList();
        assertThat(turns.subList(0, 25)).contains(8, 16);
        assertThat(turns.subList(25, 50)).contains(8, 16);
    }

    @Test
    void countsEpochs() {
        BatchOrder order = BatchOrder.of(alike(10), 4, 0);
        assertThat(LongStream.range(0, 8).map(order::epoch))
                .containsExactly(0L, 0L, 1L, 1L, 1L, 2L, 2L, 3L);
        assertThat(LongStream.range(0, 4).map(order::stepsBefore)).containsExactly(0L, 2L, 5L, 7L);
    }

    @Test
    void goesOnAtAnyStepAsIfItHadNeverStopped() {
        int[] widths = IntStream.range(0, 50).map(i -> i % 3 + 8).toArray();
        BatchOrder whole = BatchOrder.of(widths(widths), 7, 11);
        List<int[]> row = LongStream.range(0, 60).mapToObj(whole::indices).toList();
        BatchOrder resumed = BatchOrder.of(widths(widths), 7, 11);
        for (int step : new int[] {59, 3, 31, 0}) {
            assertThat(resumed.indices(step)).isEqualTo(row.get(step));
        }
        assertThat(whole.indices(1_000_000_000_000L)).hasSize(7);
    }

    /** What a run drew before must be what it draws after an update: these never change. */
    @Test
    void drawsTheSameInEveryVersion() {
        KeyedRandom random = new KeyedRandom(1, 2, 3);
        assertThat(List.of(random.nextLong(), random.nextLong()))
                .containsExactly(-233655472839855863L, 5518270162553207603L);
        assertThat(BatchOrder.of(alike(10), 5, 1).indices(3)).containsExactly(2, 9, 1, 3, 5);
    }

    @Test
    void permutesLargeNumbersWithoutStoringThem() {
        Permutation permutation = new Permutation(1L << 40, 9);
        Set<Long> images = new HashSet<>();
        for (long i = 0; i < 10_000; i++) {
            images.add(permutation.at(i));
        }
        assertThat(images).hasSize(10_000).allMatch(image -> image < 1L << 40);
    }

    @Test
    void refusesWhatIsNoOrder() {
        assertThatThrownBy(() -> BatchOrder.of(alike(3), 0, 1))
                .hasMessage("batchSize is 0, must be >= 1");
        assertThatThrownBy(() -> BatchOrder.of(alike(3), 1, 1).indices(-1))
                .hasMessage("step is -1, must be >= 0");
        assertThatThrownBy(() -> new KeyedRandom(1).nextInt(0)).hasMessageContaining("bound is 0");
    }
}
