package dev.darkroom.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.trainer.data.ImageFolder.Cropping;
import dev.darkroom.trainer.data.ImageFolder.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ImageFolderTest {
    private static final Settings SETTINGS = Settings.standard(64, 16);

    @TempDir Path base = Path.of("");
    private Path folder = Path.of("");
    private Path cache = Path.of("");

    @BeforeEach
    void makesFolders() throws IOException {
        folder = Files.createDirectories(base.resolve("pictures"));
        cache = Files.createDirectories(base.resolve("cache"));
    }

    private ImageFolder read(Settings settings) {
        return ImageFolder.read(folder, cache, settings);
    }

    private void metadata(String... lines) throws IOException {
        Files.write(folder.resolve("metadata.jsonl"), List.of(lines));
    }

    @Test
    void readsCaptionsInEveryForm() throws IOException {
        for (int i = 0; i < 4; i++) {
            Pictures.write(Pictures.flat(64, 64, 0x101010 * i), folder.resolve(i + ".png"));
        }
        Pictures.write(Pictures.flat(64, 64, 0), folder.resolve("sub/5.png"));
        Files.writeString(
                folder.resolve("sub/metadata.jsonl"),
                "{\"file_name\": \"5.png\", \"text\": \"five\"}\n");
        metadata(
                "\uFEFF{\"file_name\": \"3.png\", \"text\": \" three \", \"license\": 7}",
                "",
                "{\"file_name\": \"1.png\", \"caption\": \"one\"}",
                "{\"file_name\": \"2.png\", \"captions\": [\"two\", \"a pair\", \"\"]}");
        ImageFolder dataset = read(SETTINGS);
        assertThat(dataset.size()).isEqualTo(4);
        assertThat(dataset.captions())
                .containsExactlyInAnyOrder("three", "one", "two", "a pair", "five");
        // In the order of their names, whatever the order of the lines.
        assertThat(dataset.example(0, 0).caption()).isEqualTo("one");
        Set<String> drawn = new HashSet<>();
        for (int draw = 0; draw < 20; draw++) {
            drawn.add(dataset.example(1, draw).caption());
        }
        assertThat(drawn).containsExactlyInAnyOrder("two", "a pair");
        assertThat(dataset.example(2, 0).caption()).isEqualTo("three");
        assertThat(dataset.example(2, 0).picture().pixels()[0]).isEqualTo(0x30 / 127.5f - 1);
        assertThat(dataset.example(3, 0).caption()).isEqualTo("five");
        assertThat(dataset.classes()).isEmpty();
    }

    @Test
    void knowsTheClassOfEveryPictureThatHasALabel() throws IOException {
        for (String name : List.of("1", "2", "3", "4", "dog/5")) {
            Pictures.write(Pictures.flat(64, 64, 0), folder.resolve(name + ".png"));
        }
        metadata(
                "{\"file_name\": \"1.png\", \"text\": \"one\", \"label\": \" dog \"}",
                "{\"file_name\": \"2.png\", \"text\": \"two\", \"label\": 7}",
                "{\"file_name\": \"3.png\", \"text\": \"three\", \"label\": null}",
                "{\"file_name\": \"4.png\", \"text\": \"four\", \"label\": -1}",
                "{\"file_name\": \"dog/5.png\", \"text\": \"five\"}");
        ImageFolder dataset = read(SETTINGS);

        assertThat(dataset.classes()).containsExactly("7", "dog");
        assertThat(IntStream.range(0, 5).mapToObj(dataset::label))
                .containsExactly(
                        OptionalInt.of(1),
                        OptionalInt.of(0),
                        OptionalInt.empty(),
                        OptionalInt.empty(),
                        // A folder is no class.
                        OptionalInt.empty());
        assertThat(dataset.example(0, 3).label()).hasValue(1);
        HoldOut halves = HoldOut.of(dataset, 2);
        for (ImageDataset half : List.of(halves.training(), halves.heldOut())) {
            assertThat(half.classes()).isEqualTo(dataset.classes());
            for (int i = 0; i < half.size(); i++) {
                assertThat(half.label(i)).isEqualTo(half.example(i, 0).label());
            }
        }
        Files.writeString(
                folder.resolve("dog/metadata.jsonl"),
                "{\"file_name\": \"5.png\", \"label\": \"cat\"}");
        assertThat(read(SETTINGS).classes()).containsExactly("7", "cat", "dog");
        Files.writeString(
                folder.resolve("dog/metadata.jsonl"),
                "{\"file_name\": \"5.png\", \"text\": \"a cat\"}");
        refused(folder, "5.png is there already in");
    }

    @Test
    void takesOnlyTheTrainingSplit() throws IOException {
        Pictures.write(Pictures.flat(64, 64, 0), folder.resolve("train/a.png"));
        Pictures.write(Pictures.flat(64, 64, 0), folder.resolve("test/b.png"));
        metadata(
                "{\"file_name\": \"train/a.png\", \"text\": \"a\"}",
                "{\"file_name\": \"test/b.png\", \"text\": \"b\"}");
        assertThat(read(SETTINGS).captions()).containsExactly("a");
        Files.move(folder.resolve("metadata.jsonl"), folder.resolve("test/metadata.jsonl"));
        Files.writeString(
                folder.resolve("train/metadata.jsonl"),
                "{\"file_name\": \"a.png\", \"text\": \"a\"}");
        assertThat(read(SETTINGS).captions()).containsExactly("a");
    }

    @Test
    void makesBucketsOfNearlyTheSameArea() {
        List<Bucket> buckets = new AspectBuckets(64, 16, 2).all();
        assertThat(buckets)
                .containsExactly(new Bucket(48, 80), new Bucket(64, 64), new Bucket(80, 48));
        assertThat(new AspectBuckets(64, 16, 1).all()).containsExactly(new Bucket(64, 64));
        for (Bucket bucket : new AspectBuckets(512, 64, 2).all()) {
            assertThat(bucket.width() % 64).isZero();
            assertThat((double) bucket.width() * bucket.height() / (512 * 512))
                    .isBetween(0.85, 1.15);
        }
        assertThat(new AspectBuckets(512, 64, 2).all()).hasSizeGreaterThan(4);
    }

    @Test
    void bringsEachPictureToTheNearestShape() throws IOException {
        List<int[]> sizes =
                List.of(
                        new int[] {200, 200},
                        new int[] {300, 170},
                        new int[] {90, 160},
                        new int[] {3, 2},
                        new int[] {2000, 10});
        Stream.Builder<String> lines = Stream.builder();
        for (int i = 0; i < sizes.size(); i++) {
            Pictures.write(
                    Pictures.gradient(sizes.get(i)[0], sizes.get(i)[1]),
                    folder.resolve(i + ".png"));
            lines.add("{\"file_name\": \"" + i + ".png\", \"text\": \"picture\"}");
        }
        metadata(lines.build().toArray(String[]::new));
        ImageFolder dataset = read(SETTINGS);
        assertThat(IntStream.range(0, 5).mapToObj(dataset::bucket))
                .containsExactly(
                        new Bucket(64, 64),
                        new Bucket(80, 48),
                        new Bucket(48, 80),
                        new Bucket(80, 48),
                        new Bucket(80, 48));
        for (int i = 0; i < 5; i++) {
            RgbImage image = dataset.example(i, 0).picture().image();
            assertThat(new Bucket(image.width(), image.height())).isEqualTo(dataset.bucket(i));
        }
        // The whole square is seen: the gradient goes from end to end.
        RgbImage square = dataset.example(0, 0).picture().image();
        assertThat(Pictures.at(square, 0, 32).get(0)).isLessThan(6);
        assertThat(Pictures.at(square, 63, 32).get(0)).isGreaterThan(249);
        assertThat(Pictures.at(square, 32, 32).get(0)).isBetween(124, 133);
        // Of the banner only the middle.
        RgbImage banner = dataset.example(4, 0).picture().image();
        assertThat(Pictures.at(banner, 0, 24).get(0)).isBetween(120, 130);
        assertThat(Pictures.at(banner, 79, 24).get(0)).isBetween(125, 135);
    }

    @Test
    void cropsAnywhereWhenDrawn() throws IOException {
        Pictures.write(Pictures.gradient(128, 64), folder.resolve("a.png"));
        metadata("{\"file_name\": \"a.png\", \"text\": \"a\"}");
        Settings squares = SETTINGS.withMaxRatio(1);
        assertThat(lefts(read(squares))).hasSize(1).allMatch(left -> left > 60 && left < 68);
        ImageFolder drawn = read(squares.withCropping(Cropping.DRAWN));
        assertThat(lefts(drawn))
                .hasSizeGreaterThan(30)
                .anyMatch(left -> left < 10)
                .anyMatch(left -> left > 118);
        assertThat(drawn.example(0, 5))
                .isEqualTo(read(squares.withCropping(Cropping.DRAWN)).example(0, 5));
    }

    private static Set<Integer> lefts(ImageFolder dataset) {
        Set<Integer> lefts = new HashSet<>();
        for (int draw = 0; draw < 200; draw++) {
            lefts.add(Pictures.at(dataset.example(0, draw).picture().image(), 0, 30).get(0));
        }
        return lefts;
    }

    @Test
    void shrinksWithoutAliasing() throws IOException {
        var image = Pictures.flat(512, 512, 0);
        for (int i = 0; i < 512 * 512; i++) {
            if ((i % 512 + i / 512) % 2 == 0) {
                image.setRGB(i % 512, i / 512, 0xFFFFFF);
            }
        }
        Pictures.write(image, folder.resolve("a.png"));
        metadata("{\"file_name\": \"a.png\", \"text\": \"a chess board\"}");
        RgbImage small = read(SETTINGS).example(0, 0).picture().image();
        for (byte value : small.pixels()) {
            assertThat(value & 0xFF).isBetween(126, 129);
        }
    }

    @Test
    void flipsWhenAskedTo() throws IOException {
        Pictures.write(Pictures.gradient(64, 64), folder.resolve("a.png"));
        metadata("{\"file_name\": \"a.png\", \"text\": \"a\"}");
        ImageFolder always = read(SETTINGS.withAugmentation(new Augmentation(1, 0)));
        assertThat(lefts(always)).containsExactly(255);
        ImageFolder half = read(SETTINGS.withAugmentation(new Augmentation(0.5, 0)));
        assertThat(lefts(half)).containsExactlyInAnyOrder(0, 255);
    }

    @Test
    void tintsAndSaysSoWhereTheCaptionNamesNoColour() throws IOException {
        Pictures.write(Pictures.flat(64, 64, 0x20A060), folder.resolve("a.png"));
        Pictures.write(Pictures.flat(64, 64, 0x20A060), folder.resolve("b.png"));
        metadata(
                "{\"file_name\": \"a.png\", \"text\": \"A photo of a dress.\"}",
                "{\"file_name\": \"b.png\", \"text\": \"a Green dress\"}");
        ImageFolder all = read(SETTINGS.withTints(1));
        Set<String> captions = new HashSet<>();
        for (int draw = 0; draw < 60; draw++) {
            Example example = all.example(0, draw);
            captions.add(example.caption());
            List<Integer> seen = Pictures.at(example.picture().image(), 9, 9);
            if (example.caption().equals("A photo of a dress in blue.")) {
                // 0.299 * 32 + 0.587 * 160 + 0.114 * 96 is 114.4, times 38, 77 and 255 / 255.
                assertThat(seen).containsExactly(17, 34, 114);
            }
            assertThat(all.example(1, draw).caption()).isEqualTo("a Green dress");
            assertThat(Pictures.at(all.example(1, draw).picture().image(), 9, 9))
                    .containsExactly(0x20, 0xA0, 0x60);
        }
        assertThat(captions)
                .hasSize(7)
                .contains("A photo of a dress in blue.", "A photo of a dress in red.")
                .isSubsetOf(all.captions());
        assertThat(all.captions()).contains("a Green dress").doesNotContain("a Green dress in red");
        assertThat(read(SETTINGS.withTints(0.5)).example(0, 0))
                .isEqualTo(read(SETTINGS.withTints(0.5)).example(0, 0));
        assertThatThrownBy(() -> SETTINGS.withTints(1.5)).hasMessage("tints is 1.5, must be 0..1");
    }

    @Test
    void measuresOnPicturesAsTheyAre() throws IOException {
        for (String name : List.of("a", "b", "c", "d")) {
            Pictures.write(Pictures.gradient(64, 64), folder.resolve(name + ".png"));
        }
        metadata(
                List.of("a", "b", "c", "d").stream()
                        .map(
                                name ->
                                        "{\"file_name\": \"%s.png\", \"text\": \"a bag\"}"
                                                .formatted(name))
                        .toArray(String[]::new));
        HoldOut halves =
                HoldOut.of(read(SETTINGS.withAugmentation(new Augmentation(1, 3)).withTints(1)), 2);
        HoldOut plain = HoldOut.of(read(SETTINGS), 2);

        assertThat(halves.heldOut().captions()).containsExactly("a bag");
        for (int draw = 0; draw < 5; draw++) {
            assertThat(halves.heldOut().example(0, draw))
                    .isEqualTo(plain.heldOut().example(0, draw));
            assertThat(halves.training().example(0, draw))
                    .isNotEqualTo(plain.training().example(0, draw));
        }
    }

    @Test
    void keepsWhatDoesNotFitIntoMemoryInAFileThatGoesAway() throws IOException {
        Stream.Builder<String> lines = Stream.builder();
        for (int i = 0; i < 6; i++) {
            Pictures.write(Pictures.flat(64, 64, 0x202020 * i), folder.resolve(i + ".png"));
            lines.add("{\"file_name\": \"" + i + ".png\", \"text\": \"picture\"}");
        }
        metadata(lines.build().toArray(String[]::new));
        ImageFolder dataset = read(SETTINGS.withBounds(10_000, 64 * 64 * 3 * 2));
        assertThat(dataset.isMapped()).isTrue();
        for (int i = 0; i < 6; i++) {
            assertThat(Pictures.at(dataset.example(i, 0).picture().image(), 5, 60))
                    .containsOnly(0x20 * i);
        }
        assertThat(read(SETTINGS).isMapped()).isFalse();
        try (Stream<Path> left = Files.list(cache)) {
            assertThat(left).isEmpty();
        }
    }

    /** Whatever kills a process that reads, nobody would know the file or remove it. */
    @Test
    void givesThatFileNoNameAtAnyTime() throws IOException {
        RgbImage picture = Picture.of(1, 1, new byte[] {1, 2, 3}).image();
        try (PictureCache.Builder builder = new PictureCache.Builder(0, cache)) {
            builder.add(picture);
            try (Stream<Path> named = Files.list(cache)) {
                assertThat(named).isEmpty();
            }
            assertThat(builder.build().get(0).pixels()).isEqualTo(picture.pixels());
        }
    }

    @Test
    void namesFileAndLineOfWhatIsWrong() throws IOException {
        refused(Path.of("nowhere"), "nowhere is no folder");
        refused(folder, "has no metadata.jsonl that names a picture");
        Pictures.write(Pictures.flat(64, 64, 0), folder.resolve("a.png"));
        String good = "{\"file_name\": \"a.png\", \"text\": \"a\"}";
        refused(line("{\"file_name\": \"b.png\", \"text\": \"b\"}"), "line 2: there is no file");
        refused(line(good), "metadata.jsonl, line 2: a.png is there already in line 1");
        refused(line("{\"file_name\": \"a.png\""), "metadata.jsonl, line 2: ");
        refused(line("[1]"), "line 2 is no JSON object");
        refused(line("{\"text\": \"b\"}"), "line 2 has no file_name");
        refused(
                line("{\"file_name\": \"../a.png\", \"text\": \"a\"}"),
                "line 2: file_name must be");
        refused(
                line("{\"file_name\": \"/etc/a.png\", \"text\": \"a\"}"),
                "line 2: file_name must be");
        refused(line("{\"file_name\": \"b.png\", \"text\": 5}"), "line 2: text must be text");
        for (String label : List.of("[\"dog\"]", "1.5", "true", "\" \"")) {
            refused(
                    line("{\"file_name\": \"b.png\", \"text\": \"b\", \"label\": " + label + "}"),
                    "line 2: label must be a class's name or a whole number");
        }
        Pictures.write(Pictures.flat(64, 64, 0), folder.resolve("b.png"));
        refused(line("{\"file_name\": \"b.png\"}"), "line 2: no caption");
        refused(line("{\"file_name\": \"b.png\", \"text\": [\" \"]}"), "line 2: no caption");
        Files.write(folder.resolve("b.png"), new byte[] {1, 2, 3});
        refused(line("{\"file_name\": \"b.png\", \"text\": \"b\"}"), "b.png is no picture");
        Files.write(folder.resolve("metadata.jsonl"), new byte[] {'{', (byte) 0xFF, '}'});
        refused(folder, "metadata.jsonl cannot be read");
        assertThatThrownBy(() -> Settings.standard(60, 16))
                .hasMessage("resolution is 60, must be a multiple of 16");
    }

    /** A folder whose second line is this. */
    private Path line(String second) throws IOException {
        metadata("{\"file_name\": \"a.png\", \"text\": \"a\"}", second);
        return folder;
    }

    private void refused(Path of, String reason) {
        assertThatThrownBy(() -> ImageFolder.read(of, cache, SETTINGS))
                .hasMessageContaining(reason)
                .isInstanceOfSatisfying(
                        DarkroomException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_DATASET));
    }
}
