package dev.darkroom.trainer.evaluate;

import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.Stage;
import dev.darkroom.contract.checkpoint.TokenizerFiles;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.json.Json;
import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.diffusion.pipeline.TextEmbedding;
import dev.darkroom.diffusion.sampler.Latents;
import dev.darkroom.diffusion.schedule.SchedulerConfiguration;
import dev.darkroom.diffusion.tokenizer.ClipTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** An exported checkpoint's folder, run as a worker would run it. Whoever opens it closes it. */
public final class SavedCheckpoint implements AutoCloseable {
    private final CheckpointConfiguration configuration;
    private final ClipTokenizer tokenizer;
    private final SchedulerConfiguration scheduler;
    private final SavedModel textEncoder;
    private final SavedModel unet;
    private final SavedModel decoder;

    private SavedCheckpoint(
            CheckpointConfiguration configuration,
            ClipTokenizer tokenizer,
            List<SavedModel> stages) {
        this.configuration = configuration;
        this.tokenizer = tokenizer;
        this.scheduler = SchedulerConfiguration.of(configuration.scheduler());
        this.textEncoder = stages.get(0);
        this.unet = stages.get(1);
        this.decoder = stages.get(2);
    }

    /**
     * @throws DarkroomException {@link ErrorCode#CORRUPT_CHECKPOINT} where a file is missing or is
     *     not what it should be
     */
    public static SavedCheckpoint open(Path folder) {
        List<SavedModel> stages = new ArrayList<>();
        try {
            CheckpointConfiguration configuration =
                    Json.readTolerant(
                            Files.readAllBytes(folder.resolve(CheckpointConfiguration.FILE)),
                            CheckpointConfiguration.class);
            ClipTokenizer tokenizer = tokenizer(folder, configuration.tokenizer());
            for (Stage stage : List.of(Stage.TEXT_ENCODER, Stage.UNET, Stage.VAE_DECODER)) {
                stages.add(SavedModel.open(folder.resolve(stage.folder()), Stage.SIGNATURE));
            }
            return new SavedCheckpoint(configuration, tokenizer, stages);
        } catch (IOException | RuntimeException e) {
            stages.forEach(SavedModel::close);
            throw new DarkroomException(
                    ErrorCode.CORRUPT_CHECKPOINT, folder + ": " + e.getMessage(), e);
        }
    }

    private static ClipTokenizer tokenizer(
            Path folder, CheckpointConfiguration.Tokenizer configuration) {
        TokenizerFiles files = TokenizerFiles.read(folder);
        return new ClipTokenizer(
                files.vocabulary(),
                ClipTokenizer.merges(files.mergeLines()),
                configuration.beginToken(),
                configuration.endToken(),
                configuration.padToken(),
                configuration.unknownToken(),
                configuration.maxLength());
    }

    public CheckpointConfiguration configuration() {
        return configuration;
    }

    /** For pictures of the checkpoint's native size. */
    public TextToImageModel model() {
        CheckpointConfiguration.Defaults defaults = configuration.defaults();
        return new TextToImageModel(
                tokenizer,
                this::encode,
                this::predict,
                this::decode,
                scheduler,
                defaults.height() / configuration.downscale(),
                defaults.width() / configuration.downscale(),
                configuration.latentChannels());
    }

    private TextEmbedding encode(int[][] tokenIds) {
        int count = tokenIds.length;
        int tokens = tokenIds[0].length;
        int[] flat = new int[count * tokens];
        for (int i = 0; i < count; i++) {
            System.arraycopy(tokenIds[i], 0, flat, i * tokens, tokens);
        }
        return new TextEmbedding(
                count,
                tokens,
                configuration.textWidth(),
                textEncoder.run(
                        new SavedModel.Inputs().ints(Stage.TOKEN_IDS, flat, count, tokens),
                        Stage.TEXT_EMBEDDING));
    }

    private Latents predict(Latents latents, float[] timesteps, TextEmbedding text) {
        return latents.with(
                unet.run(
                        latents(latents)
                                .floats(Stage.TIMESTEPS, timesteps, timesteps.length)
                                .floats(
                                        Stage.TEXT_EMBEDDING,
                                        text.values(),
                                        text.count(),
                                        text.tokens(),
                                        text.width()),
                        Stage.PREDICTION));
    }

    private List<RgbImage> decode(Latents latents) {
        float[] values = decoder.run(latents(latents), Stage.IMAGE);
        int width = latents.width() * configuration.downscale();
        int height = latents.height() * configuration.downscale();
        List<RgbImage> pictures = new ArrayList<>();
        for (int i = 0; i < latents.count(); i++) {
            pictures.add(RgbImage.fromDecoder(width, height, values, i * width * height * 3));
        }
        return pictures;
    }

    private static SavedModel.Inputs latents(Latents latents) {
        return new SavedModel.Inputs()
                .floats(
                        Stage.LATENTS,
                        latents.values(),
                        latents.count(),
                        latents.height(),
                        latents.width(),
                        latents.channels());
    }

    @Override
    public void close() {
        textEncoder.close();
        unet.close();
        decoder.close();
    }
}
