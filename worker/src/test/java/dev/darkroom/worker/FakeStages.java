package dev.darkroom.worker;

import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.job.SamplerName;
import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.diffusion.pipeline.TextEmbedding;
import dev.darkroom.diffusion.sampler.Latents;
import dev.darkroom.diffusion.schedule.SchedulerConfiguration;
import dev.darkroom.diffusion.tokenizer.ClipTokenizer;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.stage.Stages;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.IntConsumer;

/** Stages that compute next to nothing, row by row, and remember what they were asked. */
public final class FakeStages implements Stages {
    public static final int DOWNSCALE = 4;

    public final List<Integer> encodedRows = new CopyOnWriteArrayList<>();
    public final List<Integer> predictedRows = new CopyOnWriteArrayList<>();
    public final List<Integer> decodedRows = new CopyOnWriteArrayList<>();
    public volatile boolean closed;
    public volatile boolean onlyGrey;

    /** Called with the number of calls so far, before each UNet call. */
    public volatile IntConsumer beforePrediction = calls -> {};

    /** Throws to make decoding fail. */
    public volatile Runnable beforeDecoding = () -> {};

    /** Throws to make closing fail. */
    public volatile Runnable beforeClose = () -> {};

    public static CheckpointConfiguration configuration() {
        return new CheckpointConfiguration(
                new CheckpointConfiguration.Tokenizer(8, "<b>", "<e>", "<e>", "<e>"),
                Map.of(
                        "beta_start",
                        0.00085,
                        "beta_end",
                        0.012,
                        "beta_schedule",
                        "scaled_linear",
                        "steps_offset",
                        1),
                4,
                DOWNSCALE,
                1,
                2,
                4,
                1,
                Map.of(),
                new CheckpointConfiguration.Defaults(32, 32, 5, SamplerName.DDIM, 3));
    }

    public LoadedModel model(CheckpointId id) {
        CheckpointConfiguration configuration = configuration();
        CheckpointConfiguration.Tokenizer tokens = configuration.tokenizer();
        return new LoadedModel(
                id,
                configuration,
                SchedulerConfiguration.of(configuration.scheduler()),
                new ClipTokenizer(
                        Map.of("<b>", 0, "<e>", 1, "a</w>", 2, "b</w>", 3),
                        List.of(),
                        tokens.beginToken(),
                        tokens.endToken(),
                        tokens.padToken(),
                        tokens.unknownToken(),
                        tokens.maxLength()),
                this);
    }

    @Override
    public TextEmbedding encode(int[][] tokenIds) {
        if (closed) {
            throw new IllegalStateException("used after it was closed");
        }
        encodedRows.add(tokenIds.length);
        float[] values = new float[tokenIds.length * 8 * 2];
        for (int i = 0; i < values.length; i++) {
            values[i] = tokenIds[i / 16][i / 2 % 8];
        }
        return new TextEmbedding(tokenIds.length, 8, 2, values);
    }

    @Override
    public Latents predict(Latents latents, float[] timesteps, TextEmbedding text) {
        beforePrediction.accept(predictedRows.size());
        predictedRows.add(latents.count());
        float[] values = latents.values().clone();
        int row = values.length / latents.count();
        for (int i = 0; i < values.length; i++) {
            float mean = 0;
            for (int t = 0; t < 16; t++) {
                mean += text.values()[i / row * 16 + t] / 16;
            }
            values[i] = 0.5f * values[i] + 0.1f * mean + timesteps[i / row] / 5000f;
        }
        return latents.with(values);
    }

    @Override
    public List<RgbImage> decode(Latents latents) {
        beforeDecoding.run();
        decodedRows.add(latents.count());
        int width = latents.width() * DOWNSCALE;
        int height = latents.height() * DOWNSCALE;
        List<RgbImage> pictures = new ArrayList<>();
        for (int n = 0; n < latents.count(); n++) {
            float[] values = new float[width * height * 3];
            for (int i = 0; i < values.length; i++) {
                int x = i / 3 % width / DOWNSCALE;
                int y = i / 3 / width / DOWNSCALE;
                int at = ((n * latents.height() + y) * latents.width() + x) * latents.channels();
                values[i] = onlyGrey ? 0 : latents.values()[at + i % 3];
            }
            pictures.add(RgbImage.fromDecoder(width, height, values, 0));
        }
        return pictures;
    }

    @Override
    public void close() {
        beforeClose.run();
        closed = true;
    }
}
