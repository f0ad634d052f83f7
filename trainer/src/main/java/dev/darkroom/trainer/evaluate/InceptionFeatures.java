package dev.darkroom.trainer.evaluate;

import dev.darkroom.diffusion.picture.Resampling;
import dev.darkroom.diffusion.pipeline.RgbImage;
import java.nio.file.Path;
import java.util.List;

/**
 * Features of an Inception network that the user supplies as a SavedModel. None comes with
 * Darkroom: without it the distance on Inception features is left out.
 */
public final class InceptionFeatures implements PictureFeatures, AutoCloseable {
    /** Pictures of 299 x 299 in one run. */
    private static final int BATCH = 16;

    private final Options options;
    private final SavedModel network;

    /**
     * How to ask the network.
     *
     * @param folder of the SavedModel
     * @param signature the signature's key, usually {@code serving_default}
     * @param input name in the signature, of [N, side, side, 3] in -1..1
     * @param output name in the signature, of [N, dimensions]
     * @param side pixels, 299 for Inception v3
     * @param dimensions 2048 for Inception v3's last pooling
     */
    public record Options(
            Path folder, String signature, String input, String output, int side, int dimensions) {
        public Options {
            if (side < 1 || dimensions < 1) {
                throw new IllegalArgumentException(side + " pixels to " + dimensions + " features");
            }
        }
    }

    public InceptionFeatures(Options options) {
        this.options = options;
        this.network = SavedModel.open(options.folder(), options.signature());
    }

    @Override
    public int dimensions() {
        return options.dimensions();
    }

    @Override
    public float[] of(List<RgbImage> pictures) {
        int side = options.side();
        float[] all = new float[pictures.size() * options.dimensions()];
        for (int from = 0; from < pictures.size(); from += BATCH) {
            List<RgbImage> part =
                    pictures.subList(from, Math.min(pictures.size(), from + BATCH)).stream()
                            .map(picture -> Resampling.BICUBIC.resize(picture, side, side))
                            .toList();
            float[] rows =
                    network.run(
                            new SavedModel.Inputs()
                                    .floats(
                                            options.input(),
                                            Pixels.batch(part, side, side),
                                            part.size(),
                                            side,
                                            side,
                                            3),
                            options.output());
            if (rows.length != part.size() * options.dimensions()) {
                throw new IllegalArgumentException(
                        options.output()
                                + " has "
                                + rows.length / part.size()
                                + " values a picture, not "
                                + options.dimensions());
            }
            System.arraycopy(rows, 0, all, from * options.dimensions(), rows.length);
        }
        return all;
    }

    @Override
    public void close() {
        network.close();
    }
}
