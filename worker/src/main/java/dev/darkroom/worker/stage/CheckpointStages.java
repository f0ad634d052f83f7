package dev.darkroom.worker.stage;

import ai.djl.ndarray.NDList;
import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.Stage;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.diffusion.pipeline.TextEmbedding;
import dev.darkroom.diffusion.sampler.Latents;
import dev.darkroom.engine.TensorflowNatives;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Text encoder, UNet and VAE decoder of a checkpoint's folder, loaded by DJL. */
public final class CheckpointStages implements Stages {
    private static final int CHANNELS = 3;

    private final StageModel textEncoder;
    private final StageModel unet;
    private final StageModel decoder;
    private final int textWidth;
    private final int downscale;

    private CheckpointStages(
            StageModel textEncoder,
            StageModel unet,
            StageModel decoder,
            CheckpointConfiguration configuration) {
        this.textEncoder = textEncoder;
        this.unet = unet;
        this.decoder = decoder;
        this.textWidth = configuration.textWidth();
        this.downscale = configuration.downscale();
    }

    /**
     * Sets how many threads an operation may use and how many operations may run at once; counts
     * for the models that are loaded afterwards. What {@code
     * -Dai.djl.tensorflow.num_intraop_threads} and {@code num_interop_threads} say already is left.
     */
    public static void limitThreads(int withinOperation, int operations) {
        setDefault("ai.djl.tensorflow.num_intraop_threads", withinOperation);
        setDefault("ai.djl.tensorflow.num_interop_threads", operations);
    }

    private static void setDefault(String property, int value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, String.valueOf(value));
        }
    }

    /**
     * @throws DarkroomException {@link ErrorCode#CORRUPT_CHECKPOINT} where a stage does not load
     */
    public static CheckpointStages load(Path checkpoint, CheckpointConfiguration configuration) {
        TensorflowNatives.load();
        List<StageModel> loaded = new ArrayList<>();
        try {
            for (Stage stage : List.of(Stage.TEXT_ENCODER, Stage.UNET, Stage.VAE_DECODER)) {
                loaded.add(StageModel.load(checkpoint, stage));
            }
            return new CheckpointStages(loaded.get(0), loaded.get(1), loaded.get(2), configuration);
        } catch (RuntimeException | Error e) {
            loaded.forEach(StageModel::close);
            throw e;
        }
    }

    @Override
    public TextEmbedding encode(int[][] tokenIds) {
        int count = tokenIds.length;
        int tokens = tokenIds[0].length;
        int[] flat = new int[count * tokens];
        for (int i = 0; i < count; i++) {
            System.arraycopy(tokenIds[i], 0, flat, i * tokens, tokens);
        }
        float[] values =
                textEncoder.run(
                        manager ->
                                new NDList(
                                        StageModel.ints(
                                                manager, Stage.TOKEN_IDS, flat, count, tokens)),
                        Stage.TEXT_EMBEDDING,
                        count,
                        tokens,
                        textWidth);
        return new TextEmbedding(count, tokens, textWidth, values);
    }

    @Override
    public Latents predict(Latents latents, float[] timesteps, TextEmbedding text) {
        float[] prediction =
                unet.run(
                        manager ->
                                new NDList(
                                        StageModel.floats(
                                                manager,
                                                Stage.LATENTS,
                                                latents.values(),
                                                shape(latents)),
                                        StageModel.floats(
                                                manager,
                                                Stage.TIMESTEPS,
                                                timesteps,
                                                timesteps.length),
                                        StageModel.floats(
                                                manager,
                                                Stage.TEXT_EMBEDDING,
                                                text.values(),
                                                text.count(),
                                                text.tokens(),
                                                text.width())),
                        Stage.PREDICTION,
                        shape(latents));
        return latents.with(prediction);
    }

    @Override
    public List<RgbImage> decode(Latents latents) {
        int width = latents.width() * downscale;
        int height = latents.height() * downscale;
        float[] values =
                decoder.run(
                        manager ->
                                new NDList(
                                        StageModel.floats(
                                                manager,
                                                Stage.LATENTS,
                                                latents.values(),
                                                shape(latents))),
                        Stage.IMAGE,
                        latents.count(),
                        height,
                        width,
                        CHANNELS);
        List<RgbImage> pictures = new ArrayList<>();
        for (int i = 0; i < latents.count(); i++) {
            pictures.add(
                    RgbImage.fromDecoder(width, height, values, i * width * height * CHANNELS));
        }
        return pictures;
    }

    private static long[] shape(Latents latents) {
        return new long[] {latents.count(), latents.height(), latents.width(), latents.channels()};
    }

    @Override
    public void close() {
        textEncoder.close();
        unet.close();
        decoder.close();
    }
}
