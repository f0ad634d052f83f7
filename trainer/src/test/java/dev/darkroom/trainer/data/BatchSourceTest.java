package dev.darkroom.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.trainer.data.FashionMnist.Settings;
import dev.darkroom.trainer.data.FashionMnist.Split;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
final class BatchSourceTest {
    @TempDir Path folder = Path.of("");

    @BeforeEach
    void writesData() throws IOException {
        FashionFiles.write(folder, "train", true, IntStream.range(0, 37).map(i -> i * 5).toArray());
    }

    private FashionMnist fashion() {
        return FashionMnist.read(folder, Split.TRAIN, Settings.standard());
    }

    @Test
    void givesTheBatchesOfTheOrderFromAnyStepOn() {
        FashionMnist dataset = fashion();
        BatchOrder order = BatchOrder.of(dataset, 8, 4);
        try (BatchSource source = new BatchSource(dataset, order, 5, 2)) {
            for (long step = 5; step < 12; step++) {
                TrainingBatch batch = source.next();
                assertThat(batch.step()).isEqualTo(step);
                assertThat(batch.pixels()).hasSize(8 * 32 * 32 * 3);
                int[] indices = order.indices(step);
                long[] draws = order.draws(step);
                for (int i = 0; i < 8; i++) {
                    Example example = dataset.example(indices[i], draws[i]);
                    assertThat(batch.captions().get(i)).isEqualTo(example.caption());
                    assertThat(batch.labels()[i]).isEqualTo(indices[i] % 10);
                    assertThat(
                                    java.util.Arrays.copyOfRange(
                                            batch.pixels(), i * 3072, (i + 1) * 3072))
                            .isEqualTo(example.picture().pixels());
                }
            }
        }
    }

    /** Counts examples, and says when enough were made or one is asked for that fails. */
    private static final class Watched implements ImageDataset {
        final AtomicInteger made = new AtomicInteger();
        final CountDownLatch enough = new CountDownLatch(6);
        volatile boolean failing;

        @Override
        public int size() {
            return 4;
        }

        @Override
        public List<String> classes() {
            return List.of();
        }

        @Override
        public Bucket bucket(int index) {
            return new Bucket(1, 1);
        }

        @Override
        public Example example(int index, long draw) {
            if (failing) {
                throw new DarkroomException(ErrorCode.INVALID_DATASET, "7.png is gone");
            }
            made.incrementAndGet();
            enough.countDown();
            return new Example(Picture.of(1, 1, new byte[3]), "a dot", OptionalInt.empty());
        }

        @Override
        public List<String> captions() {
            return List.of("a dot");
        }
    }

    @Test
    void makesNoMoreAheadThanAllowedAndEndsWhenClosed() throws InterruptedException {
        Watched dataset = new Watched();
        BatchSource source = new BatchSource(dataset, BatchOrder.of(dataset, 2, 1), 0, 2);
        assertThat(dataset.enough.await(10, TimeUnit.SECONDS)).isTrue();
        // Two batches wait, a third is in the thread's hands.
        assertThat(dataset.made).hasValue(6);
        source.close();
        assertThat(dataset.made).hasValue(6);
        source.close();
        assertThatThrownBy(source::next).hasMessage("the batches are closed");
    }

    @Test
    void passesOnWhyThereIsNoBatch() {
        Watched dataset = new Watched();
        dataset.failing = true;
        try (BatchSource source = new BatchSource(dataset, BatchOrder.of(dataset, 2, 1), 0, 1)) {
            assertThatThrownBy(source::next).hasMessage("7.png is gone");
        }
    }

    @Test
    void givesNoLabelsWhereThereAreNoClasses() {
        Watched dataset = new Watched();
        TrainingBatch batch = TrainingBatch.assemble(dataset, BatchOrder.of(dataset, 3, 1), 0);
        assertThat(batch.labels()).isEmpty();
        assertThat(batch.size()).isEqualTo(3);
    }

    @Test
    void holdsOutTheSamePicturesEveryTime() {
        FashionMnist dataset = fashion();
        HoldOut one = HoldOut.of(dataset, 7, 3);
        HoldOut again = HoldOut.of(dataset, 7, 3);
        assertThat(one.heldOut().size()).isEqualTo(7);
        assertThat(one.training().size()).isEqualTo(30);
        List<Integer> greys = new java.util.ArrayList<>(greys(one.heldOut()));
        assertThat(greys(again.heldOut())).isEqualTo(greys);
        assertThat(greys(HoldOut.of(dataset, 7, 4).heldOut())).isNotEqualTo(greys);
        greys.addAll(greys(one.training()));
        assertThat(greys)
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, 37).map(i -> i * 5).boxed().toList());
        assertThatThrownBy(() -> HoldOut.of(dataset, 37, 1)).hasMessageContaining("1..36");
    }

    /** Each picture's brightest channel, which no tint changes. */
    private static List<Integer> greys(ImageDataset dataset) {
        return IntStream.range(0, dataset.size())
                .map(
                        i -> {
                            byte[] rgb = dataset.example(i, 0).picture().image().pixels();
                            return IntStream.range(0, rgb.length)
                                    .map(k -> rgb[k] & 0xFF)
                                    .max()
                                    .orElseThrow();
                        })
                .boxed()
                .toList();
    }
}
