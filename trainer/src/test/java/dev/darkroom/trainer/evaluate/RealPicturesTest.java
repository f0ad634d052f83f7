package dev.darkroom.trainer.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.contract.job.SamplerName;
import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.trainer.data.Bucket;
import dev.darkroom.trainer.data.Example;
import dev.darkroom.trainer.data.ImageDataset;
import dev.darkroom.trainer.data.Picture;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RealPicturesTest {
    @Test
    void usesEveryPictureOnceAsSampleOrReference() {
        RealPictures drawn = RealPictures.draw(new Numbers(50, true), options(20, 1));

        Set<Integer> numbers = new HashSet<>();
        drawn.samples().pictures().forEach(one -> numbers.add(number(one)));
        drawn.reference().forEach(one -> numbers.add(number(one)));
        assertThat(drawn.reference()).hasSize(30);
        assertThat(numbers).hasSize(50);
        assertThat(drawn.samples().each())
                .allSatisfy(
                        sample ->
                                assertThat(sample.prompt())
                                        .isEqualTo(
                                                new Prompt(
                                                        "number " + number(sample.picture()),
                                                        OptionalInt.of(
                                                                number(sample.picture()) % 2))));
    }

    @Test
    void drawsTheSameForTheSameSeedOnly() {
        ImageDataset dataset = new Numbers(50, true);

        assertThat(RealPictures.draw(dataset, options(20, 1)).prompts())
                .isEqualTo(RealPictures.draw(dataset, options(20, 1)).prompts())
                .isNotEqualTo(RealPictures.draw(dataset, options(20, 2)).prompts());
    }

    @Test
    void repeatsOneClassAndNothingWhereThereAreNoClasses() {
        for (List<RgbImage> same :
                RealPictures.draw(new Numbers(50, true), options(20, 1)).samples().repeated()) {
            assertThat(same).hasSize(3);
            assertThat(same.stream().map(one -> number(one) % 2).distinct()).hasSize(1);
        }
        assertThat(RealPictures.draw(new Numbers(50, false), options(20, 1)).samples().repeated())
                .isEmpty();
    }

    @Test
    void refusesToLeaveNothingToCompareWith() {
        assertThatThrownBy(() -> RealPictures.draw(new Numbers(20, true), options(20, 1)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static int number(RgbImage picture) {
        return picture.pixels()[0];
    }

    private static EvaluationOptions options(int pictures, long seed) {
        return new EvaluationOptions(List.of(2.0), pictures, 2, 3, SamplerName.DDIM, 5, seed, 8);
    }

    /** Pictures of one pixel, each its own number. */
    private record Numbers(int size, boolean labelled) implements ImageDataset {
        @Override
        public List<String> classes() {
            return labelled ? List.of("even", "odd") : List.of();
        }

        @Override
        public OptionalInt label(int index) {
            return labelled ? OptionalInt.of(index % 2) : OptionalInt.empty();
        }

        @Override
        public Bucket bucket(int index) {
            return new Bucket(1, 1);
        }

        @Override
        public Example example(int index, long draw) {
            return new Example(
                    Picture.of(1, 1, new byte[] {(byte) index, 0, 0}),
                    "number " + index,
                    label(index));
        }

        @Override
        public List<String> captions() {
            return List.of("number");
        }
    }
}
