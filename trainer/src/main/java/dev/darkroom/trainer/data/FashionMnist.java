package dev.darkroom.trainer.data;

import dev.darkroom.diffusion.picture.Resampling;
import dev.darkroom.diffusion.pipeline.RgbImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import java.util.zip.Checksum;

/**
 * Fashion-MNIST (Xiao, Rasul and Vollgraf 2017, arXiv:1708.07747) from its IDX files: 28 x 28 greys
 * of ten kinds of clothing, tinted, with captions made from label, tint and measured tone.
 */
public final class FashionMnist implements ImageDataset {
    /** Which of the two halves that the data comes in. */
    public enum Split {
        TRAIN("train"),
        TEST("t10k");

        private final String prefix;

        Split(String prefix) {
            this.prefix = prefix;
        }
    }

    /** Width and height of what the files hold, in pixels. */
    private static final int SIDE = 28;

    private static final int PADDED = 32;
    private static final int MAX_SIZE = 256;
    private static final int AREA = SIDE * SIDE;

    /**
     * What is made of the greys.
     *
     * @param size width and height in pixels: 28, 32 (padded with black), or a multiple of 8 up to
     *     256 (the padded picture enlarged)
     * @param plain share of pictures left grey, with no colour in the caption, 0..1
     * @param toneWords share of the dark and of the light pictures whose caption says so, 0..1
     * @param seed of everything drawn
     */
    public record Settings(
            int size, Augmentation augmentation, double plain, double toneWords, long seed) {
        public Settings {
            if (size != SIDE && (size < PADDED || size > MAX_SIZE || size % 8 != 0)) {
                throw new IllegalArgumentException(
                        "size is " + size + ", must be 28 or a multiple of 8 in 32..256");
            }
            Shares.require("plain", plain);
            Shares.require("toneWords", toneWords);
        }

        /** No flips and no shifts: shoes face left and everything is centred in the real ones. */
        public static Settings standard() {
            return new Settings(PADDED, Augmentation.NONE, 0.38, 0.3, 0);
        }

        public Settings withSize(int value) {
            return new Settings(value, augmentation, plain, toneWords, seed);
        }

        public Settings withAugmentation(Augmentation value) {
            return new Settings(size, value, plain, toneWords, seed);
        }

        public Settings withPlain(double value) {
            return new Settings(size, augmentation, value, toneWords, seed);
        }
    }

    private final Settings settings;
    private final byte[] greys;
    private final byte[] labels;
    private final List<String> classes = FashionCaptions.classes();

    private FashionMnist(Settings settings, byte[] greys, byte[] labels) {
        this.settings = settings;
        this.greys = greys;
        this.labels = labels;
    }

    /** Whether a folder has files of this kind, complete or not. */
    public static boolean liesIn(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.anyMatch(file -> file.toString().contains("-idx3-ubyte"));
        } catch (IOException e) {
            throw InvalidDataset.because(folder + " cannot be read: " + e, e);
        }
    }

    /**
     * Reads both files of a split, gzipped or not.
     *
     * @throws dev.darkroom.contract.error.DarkroomException INVALID_DATASET where a file is missing
     *     or is not what it should be
     */
    public static FashionMnist read(Path folder, Split split, Settings settings) {
        IdxFile images = IdxFile.read(folder, split.prefix + "-images-idx3-ubyte");
        IdxFile labels = IdxFile.read(folder, split.prefix + "-labels-idx1-ubyte");
        List<Integer> axes = images.lengths();
        if (axes.size() != 3 || axes.get(1) != SIDE || axes.get(2) != SIDE) {
            throw InvalidDataset.because(images + " has axes of " + axes + ", must be [n, 28, 28]");
        }
        if (!labels.lengths().equals(axes.subList(0, 1))) {
            throw InvalidDataset.because(
                    labels
                            + " has axes of "
                            + labels.lengths()
                            + ", must have a label for each of the "
                            + axes.get(0)
                            + " pictures");
        }
        int kinds = FashionCaptions.classes().size();
        for (int i = 0; i < labels.values().length; i++) {
            int label = labels.values()[i] & 0xFF;
            if (label >= kinds) {
                throw InvalidDataset.because(labels + ": label " + i + " is " + label);
            }
        }
        return new FashionMnist(settings, images.values(), labels.values());
    }

    @Override
    public int size() {
        return labels.length;
    }

    @Override
    public List<String> classes() {
        return classes;
    }

    @Override
    public OptionalInt label(int index) {
        return OptionalInt.of(labels[index]);
    }

    @Override
    public Bucket bucket(int index) {
        return new Bucket(settings.size, settings.size);
    }

    @Override
    public Example example(int index, long draw) {
        KeyedRandom random = new KeyedRandom(settings.seed, index, draw);
        boolean plain = random.chance(settings.plain);
        Tint drawn = Tint.ALL.get(random.nextInt(Tint.ALL.size()));
        Optional<Tint> tint = plain ? Optional.empty() : Optional.of(drawn);
        boolean saysTone = random.chance(settings.toneWords);
        String tone = saysTone ? Tone.of(greys, index * AREA, AREA).word() : "";
        RgbImage moved = settings.augmentation.apply(grey(index), random);
        return new Example(
                new Picture(tint.map(t -> t.apply(moved)).orElse(moved)),
                FashionCaptions.draw(labels[index], tone, tint, random),
                label(index));
    }

    @Override
    public void check(int index, Checksum checksum) {
        checksum.update(greys, index * AREA, AREA);
        checksum.update(labels[index]);
    }

    private RgbImage grey(int index) {
        int side = settings.size == SIDE ? SIDE : PADDED;
        int border = (side - SIDE) / 2;
        byte[] rgb = new byte[side * side * Picture.CHANNELS];
        for (int y = 0; y < SIDE; y++) {
            int to = ((y + border) * side + border) * Picture.CHANNELS;
            for (int x = 0; x < SIDE; x++) {
                byte grey = greys[index * AREA + y * SIDE + x];
                for (int channel = 0; channel < Picture.CHANNELS; channel++) {
                    rgb[to++] = grey;
                }
            }
        }
        RgbImage padded = new RgbImage(side, side, rgb);
        return settings.size <= PADDED
                ? padded
                : Resampling.BICUBIC.resize(padded, settings.size, settings.size);
    }

    /** {@inheritDoc} All of them, some thousands, whatever the settings. */
    @Override
    public List<String> captions() {
        return FashionCaptions.all();
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT, "Fashion-MNIST, %d pictures of %d", size(), settings.size);
    }
}
