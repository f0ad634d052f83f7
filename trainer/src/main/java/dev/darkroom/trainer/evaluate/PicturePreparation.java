package dev.darkroom.trainer.evaluate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.contract.json.Json;
import dev.darkroom.diffusion.picture.Resampling;
import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.network.checkpoint.ConfigurationFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What {@code CLIPImageProcessor} of transformers makes of a picture: the shorter side resized, the
 * middle cut out, each channel moved and divided.
 *
 * @param shortest pixels of the shorter side after resizing
 * @param side pixels of the square cut out
 * @param mean of each channel, of values in 0..1
 * @param deviation of each channel
 */
public record PicturePreparation(
        int shortest, int side, Resampling resampling, List<Double> mean, List<Double> deviation) {
    /** Its file beside a network's. */
    public static final String FILE = "preprocessor_config.json";

    /** Numbers that Pillow gives its filters. */
    private static final Map<Integer, Resampling> FILTERS =
            Map.of(1, Resampling.LANCZOS, 2, Resampling.BILINEAR, 3, Resampling.BICUBIC);

    /** OpenAI's, which the class has where the file does not say. */
    private static final List<Double> MEAN = List.of(0.48145466, 0.4578275, 0.40821073);

    private static final List<Double> DEVIATION = List.of(0.26862954, 0.26130258, 0.27577711);

    public PicturePreparation {
        mean = List.copyOf(mean);
        deviation = List.copyOf(deviation);
        if (side < 1 || shortest < side || mean.size() != 3 || deviation.size() != 3) {
            throw new IllegalArgumentException(
                    "a square of " + side + " cut out of " + shortest + ", " + mean + deviation);
        }
    }

    /** Pictures as decoders give them, -1..1. */
    public static PicturePreparation plain(int side) {
        List<Double> half = List.of(0.5, 0.5, 0.5);
        return new PicturePreparation(side, side, Resampling.BICUBIC, half, half);
    }

    /**
     * @param side pixels of the pictures that the network takes
     */
    public static PicturePreparation read(Path folder, int side) {
        Optional<ConfigurationFile> found = ConfigurationFile.readIfPresent(folder, FILE);
        if (found.isEmpty()) {
            return new PicturePreparation(side, side, Resampling.BICUBIC, MEAN, DEVIATION);
        }
        ConfigurationFile file = found.get();
        for (String step : List.of("do_resize", "do_center_crop", "do_normalize", "do_rescale")) {
            if (!file.flag(step, true)) {
                throw file.refuse(step, "true");
            }
        }
        int shortest = size(file, "size", "shortest_edge", side);
        int crop = size(file, "crop_size", "height", side);
        if (crop != side || size(file, "crop_size", "width", side) != side) {
            throw file.refuse("crop_size", side + " as the network's image_size");
        }
        Resampling resampling = FILTERS.get(file.integer("resample", 3, 0, 5));
        if (resampling == null) {
            throw file.refuse("resample", "1, 2 or 3");
        }
        return new PicturePreparation(
                shortest,
                crop,
                resampling,
                channels(file, "image_mean", MEAN),
                channels(file, "image_std", DEVIATION));
    }

    private static int size(ConfigurationFile file, String key, String part, int fallback) {
        if (file.tree().path(key).isObject()) {
            return file.section(key).orElseThrow().integer(part, fallback, 1, 1 << 14);
        }
        return file.integer(key, fallback, 1, 1 << 14);
    }

    private static List<Double> channels(
            ConfigurationFile file, String key, List<Double> fallback) {
        if (!file.has(key)) {
            return fallback;
        }
        JsonNode each = file.tree().get(key);
        if (each.size() != 3 || !each.get(0).isNumber()) {
            throw file.refuse(key, "three numbers");
        }
        return List.of(each.get(0).asDouble(), each.get(1).asDouble(), each.get(2).asDouble());
    }

    /** As transformers reads it. */
    public ObjectNode json() {
        ObjectNode json = Json.mapper().createObjectNode();
        json.put("image_processor_type", "CLIPImageProcessor");
        json.put("do_resize", true).putObject("size").put("shortest_edge", shortest);
        json.put("do_center_crop", true);
        json.putObject("crop_size").put("height", side).put("width", side);
        FILTERS.forEach(
                (number, filter) -> {
                    if (filter == resampling) {
                        json.put("resample", number);
                    }
                });
        json.put("do_rescale", true).put("rescale_factor", 1 / 255.0);
        json.put("do_normalize", true).put("do_convert_rgb", true);
        mean.forEach(json.putArray("image_mean")::add);
        deviation.forEach(json.putArray("image_std")::add);
        return json;
    }

    /**
     * @return [N, side, side, 3], row-major
     */
    float[] batch(List<RgbImage> pictures) {
        int each = side * side * 3;
        float[] values = new float[pictures.size() * each];
        for (int i = 0; i < pictures.size(); i++) {
            write(pictures.get(i), values, i * each);
        }
        return values;
    }

    /** Writes [side, side, 3] from an offset on. */
    public void write(RgbImage image, float[] target, int offset) {
        boolean wide = image.width() >= image.height();
        int longer =
                (int)
                        ((long) shortest
                                * Math.max(image.width(), image.height())
                                / Math.min(image.width(), image.height()));
        RgbImage resized =
                resampling.resize(image, wide ? longer : shortest, wide ? shortest : longer);
        int left = (resized.width() - side) / 2;
        int top = (resized.height() - side) / 2;
        for (int y = 0; y < side; y++) {
            for (int x = 0; x < side; x++) {
                for (int c = 0; c < 3; c++) {
                    int value =
                            resized.pixels()[((top + y) * resized.width() + left + x) * 3 + c]
                                    & 0xff;
                    target[offset + (y * side + x) * 3 + c] =
                            (float) ((value / 255.0 - mean.get(c)) / deviation.get(c));
                }
            }
        }
    }
}
