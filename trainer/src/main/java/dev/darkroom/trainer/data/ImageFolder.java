package dev.darkroom.trainer.data;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.diffusion.picture.Resampling;
import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.trainer.data.PictureFiles.Captioned;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import java.util.zip.Checksum;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A folder of captioned pictures in the form of Hugging Face's imagefolder: PNG, JPEG, GIF or BMP,
 * and {@code metadata.jsonl} with {@code file_name}, {@code text} and, where pictures are of
 * classes, {@code label}. Folders are no classes: in Hugging Face's form they are not either where
 * there is metadata.
 *
 * <p>Each picture is decoded once, brought to the size of its bucket (bicubic, antialiased) and
 * kept as bytes; what an example costs is a copy. Files changed after that are not seen.
 */
public final class ImageFolder implements ImageDataset {
    private static final Logger LOG = LoggerFactory.getLogger(ImageFolder.class);

    /** Slack kept around a crop that is drawn, in crop lengths. */
    private static final int MAX_SLACK = 2;

    private static final int NO_CLASS = -1;

    /** Where the part of a picture lies that its bucket has room for. */
    public enum Cropping {
        CENTRE,
        /** Anywhere, by draw. */
        DRAWN
    }

    /**
     * What is made of the pictures.
     *
     * @param resolution side of the square whose area the buckets have about, in pixels
     * @param multiple of which all sides are: the downsampling of VAE and UNet together
     * @param maxRatio largest ratio of a bucket's sides, 1..4; 1 for squares only
     * @param maxPixels larger pictures are refused by name before they are decoded
     * @param memoryBytes decoded pictures beyond lie in a mapped file
     * @param seed of everything drawn
     * @param tints share of the pictures made grey and tinted, with the colour in the caption,
     *     where the caption names none; none is 0
     */
    public record Settings(
            int resolution,
            int multiple,
            double maxRatio,
            Cropping cropping,
            Augmentation augmentation,
            long maxPixels,
            long memoryBytes,
            long seed,
            Optional<Double> tints) {
        private static final int MAX_RESOLUTION = 4096;
        private static final double RATIO_LIMIT = 4;
        private static final long PIXEL_LIMIT = 500_000_000;

        public Settings {
            if (multiple < 1 || resolution < multiple || resolution % multiple != 0) {
                throw new IllegalArgumentException(
                        "resolution is " + resolution + ", must be a multiple of " + multiple);
            }
            if (resolution > MAX_RESOLUTION) {
                throw new IllegalArgumentException(
                        "resolution is " + resolution + ", must be 1.." + MAX_RESOLUTION);
            }
            if (!(maxRatio >= 1 && maxRatio <= RATIO_LIMIT)) {
                throw new IllegalArgumentException("maxRatio is " + maxRatio + ", must be 1..4");
            }
            if (maxPixels < 1 || maxPixels > PIXEL_LIMIT) {
                throw new IllegalArgumentException(
                        "maxPixels is " + maxPixels + ", must be 1.." + PIXEL_LIMIT);
            }
            if (memoryBytes < 0) {
                throw new IllegalArgumentException("memoryBytes is " + memoryBytes);
            }
            tints.ifPresent(share -> Shares.require("tints", share));
        }

        /** Buckets up to 2 : 1, crops in the centre, pictures as they are. */
        public static Settings standard(int resolution, int multiple) {
            return new Settings(
                    resolution,
                    multiple,
                    2,
                    Cropping.CENTRE,
                    Augmentation.NONE,
                    64_000_000,
                    256L << 20,
                    0,
                    Optional.empty());
        }

        public Settings withMaxRatio(double value) {
            return new Settings(
                    resolution,
                    multiple,
                    value,
                    cropping,
                    augmentation,
                    maxPixels,
                    memoryBytes,
                    seed,
                    tints);
        }

        public Settings withCropping(Cropping value) {
            return new Settings(
                    resolution,
                    multiple,
                    maxRatio,
                    value,
                    augmentation,
                    maxPixels,
                    memoryBytes,
                    seed,
                    tints);
        }

        public Settings withAugmentation(Augmentation value) {
            return new Settings(
                    resolution,
                    multiple,
                    maxRatio,
                    cropping,
                    value,
                    maxPixels,
                    memoryBytes,
                    seed,
                    tints);
        }

        public Settings withBounds(long pixels, long memory) {
            return new Settings(
                    resolution,
                    multiple,
                    maxRatio,
                    cropping,
                    augmentation,
                    pixels,
                    memory,
                    seed,
                    tints);
        }

        public Settings withTints(double share) {
            return new Settings(
                    resolution,
                    multiple,
                    maxRatio,
                    cropping,
                    augmentation,
                    maxPixels,
                    memoryBytes,
                    seed,
                    Optional.of(share));
        }

        /** Pictures and captions as they are. */
        private Settings plain() {
            return new Settings(
                    resolution,
                    multiple,
                    maxRatio,
                    cropping,
                    Augmentation.NONE,
                    maxPixels,
                    memoryBytes,
                    seed,
                    Optional.empty());
        }
    }

    private final Settings settings;
    private final List<String> names;
    private final List<Bucket> buckets;
    private final List<List<String>> captions;
    private final List<String> classes;
    private final int[] labels;
    private final PictureCache pictures;

    private ImageFolder(
            Settings settings,
            List<String> names,
            List<Bucket> buckets,
            List<List<String>> captions,
            List<String> classes,
            int[] labels,
            PictureCache pictures) {
        this.settings = settings;
        this.names = names;
        this.buckets = buckets;
        this.captions = captions;
        this.classes = classes;
        this.labels = labels;
        this.pictures = pictures;
    }

    /**
     * Reads all of a folder.
     *
     * @param cacheFolder for the file of what does not fit into memory
     * @throws DarkroomException INVALID_DATASET naming the file, and the line where it is one of
     *     metadata; RESOURCE_EXHAUSTED where the cache cannot be written
     */
    public static ImageFolder read(Path folder, Path cacheFolder, Settings settings) {
        PictureFiles files = new PictureFiles(folder);
        List<Captioned> captioned = files.captioned();
        for (Captioned picture : captioned) {
            if (picture.captions().isEmpty()) {
                throw InvalidDataset.because(
                        picture.where() + ": no caption (text, caption or captions)");
            }
        }
        if (captioned.isEmpty()) {
            throw InvalidDataset.because(
                    files.root() + " has no " + CaptionFile.NAME + " that names a picture");
        }
        int unnamed = files.pictures().size() - captioned.size();
        if (unnamed > 0) {
            LOG.warn("{} pictures of {} have no caption and are left out", unnamed, files.root());
        }
        List<String> names =
                captioned.stream().map(picture -> name(files.root(), picture.file())).toList();
        return decode(captioned, names, cacheFolder, settings);
    }

    /** With / between on every machine. */
    private static String name(Path root, Path file) {
        return StreamSupport.stream(root.relativize(file).spliterator(), false)
                .map(Path::toString)
                .collect(Collectors.joining("/"));
    }

    private static ImageFolder decode(
            List<Captioned> captioned, List<String> names, Path cacheFolder, Settings settings) {
        AspectBuckets shapes =
                new AspectBuckets(settings.resolution, settings.multiple, settings.maxRatio);
        PictureReader reader = new PictureReader(settings.maxPixels);
        List<Bucket> buckets = new ArrayList<>();
        List<List<String>> captions = new ArrayList<>();
        try (PictureCache.Builder cache =
                new PictureCache.Builder(settings.memoryBytes, cacheFolder)) {
            for (Captioned picture : captioned) {
                RgbImage image = reader.read(picture.file());
                Bucket bucket = shapes.nearest(image.width(), image.height());
                cache.add(fit(image, bucket, settings.cropping));
                buckets.add(bucket);
                captions.add(picture.captions());
            }
            List<String> classes =
                    captioned.stream()
                            .flatMap(picture -> picture.label().stream())
                            .distinct()
                            .sorted()
                            .toList();
            return new ImageFolder(
                    settings,
                    names,
                    List.copyOf(buckets),
                    List.copyOf(captions),
                    classes,
                    captioned.stream().mapToInt(picture -> label(picture, classes)).toArray(),
                    cache.build());
        } catch (IOException e) {
            throw new DarkroomException(
                    ErrorCode.RESOURCE_EXHAUSTED,
                    "decoded pictures cannot be kept in " + cacheFolder + ": " + e,
                    e);
        }
    }

    private static int label(Captioned picture, List<String> classes) {
        return picture.label()
                .map(name -> Collections.binarySearch(classes, name))
                .orElse(NO_CLASS);
    }

    /** The same pictures, neither augmented nor tinted: what is measured on. */
    ImageFolder plain() {
        return new ImageFolder(
                settings.plain(), names, buckets, captions, classes, labels, pictures);
    }

    /** As large as covers the bucket, and with no more around it than may be shown. */
    private static RgbImage fit(RgbImage image, Bucket bucket, Cropping cropping) {
        double scale =
                Math.max(
                        (double) bucket.width() / image.width(),
                        (double) bucket.height() / image.height());
        int slack = cropping == Cropping.CENTRE ? 1 : MAX_SLACK;
        int width = covered(image.width(), scale, bucket.width());
        int height = covered(image.height(), scale, bucket.height());
        int keptWidth = Math.min(width, slack * bucket.width());
        int keptHeight = Math.min(height, slack * bucket.height());
        // What would be cut off anyway is cut off first: a banner would become very long.
        RgbImage part =
                centre(
                        image,
                        Math.min(image.width(), (int) Math.ceil(keptWidth / scale) + 1),
                        Math.min(image.height(), (int) Math.ceil(keptHeight / scale) + 1));
        RgbImage resized =
                Resampling.BICUBIC.resize(
                        part,
                        covered(part.width(), scale, keptWidth),
                        covered(part.height(), scale, keptHeight));
        return centre(resized, keptWidth, keptHeight);
    }

    private static int covered(int length, double scale, int least) {
        return Math.max(least, (int) Math.round(length * scale));
    }

    private static RgbImage centre(RgbImage image, int width, int height) {
        return crop(
                image, (image.width() - width) / 2, (image.height() - height) / 2, width, height);
    }

    private static RgbImage crop(RgbImage image, int left, int top, int width, int height) {
        if (width == image.width() && height == image.height()) {
            return image;
        }
        byte[] rgb = new byte[width * height * Picture.CHANNELS];
        int row = width * Picture.CHANNELS;
        for (int y = 0; y < height; y++) {
            int from = ((top + y) * image.width() + left) * Picture.CHANNELS;
            System.arraycopy(image.pixels(), from, rgb, y * row, row);
        }
        return new RgbImage(width, height, rgb);
    }

    @Override
    public int size() {
        return buckets.size();
    }

    /** The path of a picture in the folder that pictures are named from, with / between. */
    String name(int index) {
        return names.get(index);
    }

    @Override
    public List<String> classes() {
        return classes;
    }

    @Override
    public OptionalInt label(int index) {
        return labels[index] == NO_CLASS ? OptionalInt.empty() : OptionalInt.of(labels[index]);
    }

    @Override
    public Bucket bucket(int index) {
        return buckets.get(index);
    }

    @Override
    public Example example(int index, long draw) {
        KeyedRandom random = new KeyedRandom(settings.seed, index, draw);
        List<String> texts = captions.get(index);
        String caption = texts.get(random.nextInt(texts.size()));
        RgbImage image = pictures.get(index);
        Bucket bucket = buckets.get(index);
        int left = random.nextInt(image.width() - bucket.width() + 1);
        int top = random.nextInt(image.height() - bucket.height() + 1);
        RgbImage part = crop(image, left, top, bucket.width(), bucket.height());
        RgbImage shown = settings.augmentation.apply(part, random);
        // Drawn last: what was drawn before there were tints is drawn as ever.
        if (random.chance(settings.tints.orElse(0.0)) && Tinting.isPossible(caption)) {
            Tint tint = Tinting.draw(random);
            shown = Tinting.picture(shown, tint);
            caption = Tinting.caption(caption, tint);
        }
        return new Example(new Picture(shown), caption, label(index));
    }

    @Override
    public void check(int index, Checksum checksum) {
        RgbImage image = pictures.get(index);
        String words =
                names.get(index)
                        + captions.get(index)
                        + label(index)
                        + image.width()
                        + "x"
                        + image.height();
        checksum.update(words.getBytes(StandardCharsets.UTF_8));
        checksum.update(image.pixels());
    }

    @Override
    public List<String> captions() {
        Set<String> all = new LinkedHashSet<>();
        captions.forEach(all::addAll);
        return settings.tints.orElse(0.0) > 0
                ? Tinting.captions(List.copyOf(all))
                : List.copyOf(all);
    }

    /** Whether decoded pictures lie in a mapped file too. */
    boolean isMapped() {
        return pictures.isMapped();
    }
}
