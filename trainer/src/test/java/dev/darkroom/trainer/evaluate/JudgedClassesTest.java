package dev.darkroom.trainer.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.trainer.data.Bucket;
import dev.darkroom.trainer.data.Example;
import dev.darkroom.trainer.data.ImageDataset;
import dev.darkroom.trainer.data.Picture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pictures as bright as their class, of two shapes; one class has one picture, some have none. */
class JudgedClassesTest {
    private static final int NONE = -1;
    private static final int RARE = 1;
    private static final int ABSENT = 3;

    @TempDir Path folder;

    private static List<Integer> labels() {
        List<Integer> labels = new ArrayList<>(List.of(RARE, NONE, NONE));
        labels.addAll(Collections.nCopies(JudgedClasses.LEAST_PICTURES, 0));
        labels.addAll(Collections.nCopies(JudgedClasses.LEAST_PICTURES + 2, 2));
        return labels;
    }

    @Test
    void areThoseWithPicturesToLearnFrom() {
        Shades shades = new Shades(labels());
        JudgedClasses classes = JudgedClasses.of(shades);

        assertThat(classes.labels()).containsExactlyInAnyOrder(0, 2);
        assertThat(classes.canBeToldApart()).isTrue();
        assertThat(classes.has(OptionalInt.empty())).isFalse();
        assertThat(classes.picturesOf(shades).size())
                .isEqualTo(2 * JudgedClasses.LEAST_PICTURES + 2);
        assertThat(JudgedClasses.of(new Shades(List.of(0, 2, 1))).canBeToldApart()).isFalse();
    }

    @Test
    void areAllThatCounts() {
        Shades shades = new Shades(labels());
        JudgedClasses classes = JudgedClasses.of(shades);
        KeptClassifiers kept =
                new KeptClassifiers(folder, new ClassifierTraining(60, 0.01, 1), 8, report -> {});
        try (Classifier classifier = kept.of(classes.picturesOf(shades), 8)) {
            ClassScorer scorer = new ClassScorer(classifier, classes);
            List<Sample> samples =
                    IntStream.of(0, 2, RARE, ABSENT, NONE)
                            .mapToObj(label -> new Sample(prompt(label), Shades.shade(label, 9, 8)))
                            .toList();

            assertThat(scorer.score(new Samples(samples, List.of()))).contains(1.0);
            assertThat(scorer.score(new Samples(samples.subList(2, 5), List.of()))).isEmpty();
        }
    }

    /** A data set that grows has another classifier each time. */
    @Test
    void haveSoManyJudgesThatNoDiskIsFilled() throws IOException {
        for (int i = 0; i < 2 * KeptClassifiers.MOST; i++) {
            Path old = Files.createFile(folder.resolve("classifier-" + i + ".safetensors"));
            Files.setLastModifiedTime(old, FileTime.fromMillis(1000L * i));
        }
        Path other = Files.createFile(folder.resolve("somebody-elses"));
        Shades shades = new Shades(labels());
        KeptClassifiers kept =
                new KeptClassifiers(folder, new ClassifierTraining(2, 0.01, 1), 8, report -> {});
        ImageDataset data = JudgedClasses.of(shades).picturesOf(shades);
        kept.of(data, 8).close();

        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).hasSize(KeptClassifiers.MOST + 1).contains(other);
        }
        assertThat(folder.resolve("classifier-0.safetensors")).doesNotExist();
        assertThat(folder.resolve("classifier-" + (2 * KeptClassifiers.MOST - 1) + ".safetensors"))
                .exists();
    }

    private static Prompt prompt(int label) {
        return new Prompt("a shade", Shades.known(label));
    }

    private record Shades(List<Integer> labels) implements ImageDataset {
        static OptionalInt known(int label) {
            return label == NONE ? OptionalInt.empty() : OptionalInt.of(label);
        }

        static RgbImage shade(int label, int width, int height) {
            byte[] pixels = new byte[width * height * 3];
            for (int i = 0; i < pixels.length; i++) {
                pixels[i] = (byte) (label * 70);
            }
            return new RgbImage(width, height, pixels);
        }

        @Override
        public int size() {
            return labels.size();
        }

        @Override
        public List<String> classes() {
            return List.of("zero", "rare", "two", "absent");
        }

        @Override
        public OptionalInt label(int index) {
            return known(labels.get(index));
        }

        @Override
        public Bucket bucket(int index) {
            return index % 2 == 0 ? new Bucket(8, 8) : new Bucket(16, 8);
        }

        @Override
        public Example example(int index, long draw) {
            Bucket size = bucket(index);
            RgbImage image = shade(labels.get(index), size.width(), size.height());
            return new Example(new Picture(image), "a shade", label(index));
        }

        @Override
        public List<String> captions() {
            return List.of("a shade");
        }
    }
}
