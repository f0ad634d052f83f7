package dev.darkroom.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.trainer.data.FashionMnist.Settings;
import dev.darkroom.trainer.data.FashionMnist.Split;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class FashionMnistTest {
    @TempDir Path folder = Path.of("");

    private FashionMnist read(Settings settings, int... greys) throws IOException {
        FashionFiles.write(folder, "train", true, greys);
        return FashionMnist.read(folder, Split.TRAIN, settings);
    }

    private static int sample(Picture picture, int x, int y, int channel) {
        return picture.image().pixels()[(y * picture.width() + x) * 3 + channel] & 0xFF;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void readsBothSplitsCompressedOrNot(boolean gzip) throws IOException {
        FashionFiles.write(folder, "train", gzip, 100, 200, 50);
        FashionFiles.write(folder, "t10k", gzip, 9);
        Settings settings = Settings.standard().withPlain(1);
        FashionMnist train = FashionMnist.read(folder, Split.TRAIN, settings);
        assertThat(train.size()).isEqualTo(3);
        assertThat(train.example(1, 0).label()).hasValue(1);
        assertThat(sample(train.example(1, 0).picture(), 16, 16, 0)).isEqualTo(200);
        FashionMnist test = FashionMnist.read(folder, Split.TEST, settings);
        assertThat(test.size()).isEqualTo(1);
        assertThat(sample(test.example(0, 0).picture(), 16, 16, 2)).isEqualTo(9);
    }

    @Test
    void padsWithBlackOrEnlarges() throws IOException {
        Settings settings = Settings.standard().withPlain(1);
        Picture padded = read(settings, 200).example(0, 0).picture();
        assertThat(List.of(padded.width(), padded.height())).containsExactly(32, 32);
        assertThat(sample(padded, 5, 16, 0)).isZero();
        assertThat(sample(padded, 6, 6, 0)).isEqualTo(200);
        assertThat(sample(padded, 25, 25, 1)).isEqualTo(200);
        assertThat(sample(padded, 26, 25, 1)).isZero();
        assertThat(padded.pixels()[0]).isEqualTo(-1f);
        assertThat(padded.pixels()[(16 * 32 + 16) * 3]).isEqualTo(200 / 127.5f - 1);

        Picture plain = read(settings.withSize(28), 200).example(0, 0).picture();
        assertThat(plain.width()).isEqualTo(28);
        assertThat(sample(plain, 4, 4, 0)).isEqualTo(200);
        assertThat(sample(plain, 3, 4, 0)).isZero();

        Picture large = read(settings.withSize(64), 200).example(0, 0).picture();
        assertThat(large.width()).isEqualTo(64);
        assertThat(sample(large, 32, 32, 0)).isEqualTo(200);
        assertThat(sample(large, 2, 2, 0)).isZero();
    }

    @Test
    void tintsInTheColourThatTheCaptionNames() throws IOException {
        FashionMnist dataset = read(Settings.standard().withPlain(0), 200, 200, 200);
        Set<Tint> seen = new HashSet<>();
        for (int draw = 0; draw < 300; draw++) {
            Example example = dataset.example(draw % 3, draw);
            List<Tint> named =
                    Tint.ALL.stream()
                            .filter(
                                    t ->
                                            Arrays.asList(example.caption().split(" ", -1))
                                                    .contains(t.word()))
                            .toList();
            assertThat(named).as(example.caption()).hasSize(1);
            seen.add(named.get(0));
            for (int channel = 0; channel < 3; channel++) {
                assertThat(sample(example.picture(), 16, 16, channel))
                        .isEqualTo(Math.round(200 * named.get(0).channel(channel) / 255f));
            }
            assertThat(sample(example.picture(), 0, 0, 0)).isZero();
        }
        assertThat(seen).containsExactlyInAnyOrderElementsOf(Tint.ALL);
    }

    @Test
    void leavesTheSharePlainThatIsAskedFor() throws IOException {
        FashionMnist dataset = read(Settings.standard().withPlain(0.4), 100);
        Predicate<String> coloured =
                caption ->
                        Tint.ALL.stream()
                                .anyMatch(t -> caption.matches(".*\\b" + t.word() + "\\b.*"));
        int plain = 0;
        for (int draw = 0; draw < 4000; draw++) {
            plain += coloured.test(dataset.example(0, draw).caption()) ? 0 : 1;
        }
        // Standard deviation 31.
        assertThat(plain).isBetween(1500, 1700);
    }

    @Test
    void saysTheToneThatItMeasures() throws IOException {
        FashionMnist dataset =
                read(new Settings(32, Augmentation.NONE, 1, 1, 0), 60, 60, 165, 165, 230, 230);
        for (int draw = 0; draw < 20; draw++) {
            assertThat(dataset.example(0, draw).caption()).contains("dark ");
            assertThat(dataset.example(2, draw).caption()).doesNotContain("dark", "light");
            assertThat(dataset.example(4, draw).caption()).contains("light ");
        }
        FashionMnist silent = read(new Settings(32, Augmentation.NONE, 1, 0, 0), 60);
        assertThat(silent.example(0, 3).caption()).doesNotContain("dark");
    }

    @Test
    void isAFunctionOfIndexAndDraw() throws IOException {
        Settings settings = Settings.standard().withAugmentation(new Augmentation(0.5, 2));
        FashionMnist one = read(settings, 100, 200);
        FashionMnist other = read(settings, 100, 200);
        Set<Example> different = new HashSet<>();
        for (int draw = 0; draw < 50; draw++) {
            assertThat(one.example(1, draw)).isEqualTo(other.example(1, draw));
            different.add(one.example(1, draw));
        }
        assertThat(different).hasSizeGreaterThan(40);
    }

    @Test
    void drawsOnlyCaptionsThatItTellsTheTokenizer() throws IOException {
        FashionMnist dataset =
                read(
                        new Settings(32, Augmentation.NONE, 0.4, 0.5, 1),
                        60,
                        60,
                        60,
                        60,
                        60,
                        230,
                        230,
                        230,
                        230,
                        165);
        Set<String> all = new HashSet<>(dataset.captions());
        assertThat(dataset.captions()).hasSameSizeAs(all);
        Set<String> drawn = new HashSet<>();
        for (int i = 0; i < 20_000; i++) {
            drawn.add(dataset.example(i % 10, i / 10).caption());
        }
        assertThat(all).containsAll(drawn);
        assertThat(drawn).hasSizeGreaterThan(1000);
        assertThat(all)
                .contains(
                        "a red sneaker",
                        "a photo of a dark blue coat",
                        "a picture of a bag in green",
                        "a picture of an ankle boot in green",
                        "an orange tee shirt",
                        "a dark orange shirt",
                        "trousers",
                        "a pair of light pants in pink",
                        "a photo of red trousers",
                        "a photo of a red trousers",
                        "a running shoe")
                .noneMatch(caption -> caption.matches(".*\\ban? an?\\b.*|.*\\s\\s.*|\\s.*|.*\\s"))
                .noneMatch(caption -> caption.matches(".*\\ba [aeiou].*|.*\\ban [^aeiou].*"));
    }

    @Test
    void flipsAndShiftsWithinBounds() {
        byte[] rgb = new byte[4 * 4 * 3];
        rgb[(1 * 4 + 1) * 3] = (byte) 255;
        RgbImage image = new RgbImage(4, 4, rgb);
        Set<Integer> places = new HashSet<>();
        for (int draw = 0; draw < 400; draw++) {
            byte[] moved = new Augmentation(0.5, 1).apply(image, new KeyedRandom(draw)).pixels();
            for (int i = 0; i < 16; i++) {
                if (moved[i * 3] != 0) {
                    places.add(i);
                }
            }
        }
        // Columns 0..2 of the picture and, mirrored, 1..3; rows 0..2.
        assertThat(places).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
        assertThat(Augmentation.NONE.apply(image, new KeyedRandom(1))).isSameAs(image);
    }

    @Test
    void refusesFilesThatAreNotWhatTheyShouldBe() throws IOException {
        refused("neither train-images-idx3-ubyte nor train-images-idx3-ubyte.gz");
        FashionFiles.write(folder, "train", false, 1, 2);
        Path images = folder.resolve("train-images-idx3-ubyte");
        Path labels = folder.resolve("train-labels-idx1-ubyte");
        byte[] whole = Files.readAllBytes(images);

        Files.write(images, Arrays.copyOf(whole, 500));
        refused("train-images-idx3-ubyte ends before its values do");
        Files.write(images, Arrays.copyOf(whole, whole.length + 1));
        refused("train-images-idx3-ubyte goes on after its values");
        Files.write(images, new byte[] {0, 0, 0x0D, 1, 0, 0, 0, 1, 0, 0, 0, 0});
        refused("begins with 00000d01");
        Files.write(images, new byte[] {0, 0, 8, 3, 127, 0, 0, 0, 127, 0, 0, 0, 9, 9, 9, 9});
        refused("has axes of");
        FashionFiles.write(images, false, new byte[2 * 27 * 28], 2, 27, 28);
        refused("must be [n, 28, 28]");
        Files.write(images, new byte[] {0x1f, (byte) 0x8b, 8, 0, 0});
        refused("train-images-idx3-ubyte");

        Files.write(images, whole);
        FashionFiles.write(labels, false, new byte[3], 3);
        refused("must have a label for each of the 2 pictures");
        FashionFiles.write(labels, false, new byte[] {0, 10}, 2);
        refused("label 1 is 10");
    }

    private void refused(String reason) {
        assertThatThrownBy(() -> FashionMnist.read(folder, Split.TRAIN, Settings.standard()))
                .hasMessageContaining(reason)
                .isInstanceOfSatisfying(
                        DarkroomException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_DATASET));
    }

    @Test
    void measuresToneOnRealPictures() {
        Path real = Path.of("/usr/share/datasets/fashion-mnist");
        org.junit.jupiter.api.Assumptions.assumeTrue(
                Files.isDirectory(real), "Fashion-MNIST is not installed");
        FashionMnist test =
                FashionMnist.read(real, Split.TEST, new Settings(32, Augmentation.NONE, 1, 1, 0));
        int dark = 0;
        int light = 0;
        for (int i = 0; i < 2000; i++) {
            String caption = test.example(i, 0).caption();
            dark += caption.contains("dark ") ? 1 : 0;
            light += caption.contains("light ") ? 1 : 0;
        }
        assertThat(dark).isBetween(400, 640);
        assertThat(light).isBetween(480, 720);
        assertThat(Optional.of(test.size())).hasValue(10_000);
    }
}
