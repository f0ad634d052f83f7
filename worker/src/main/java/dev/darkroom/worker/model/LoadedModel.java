package dev.darkroom.worker.model;

import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.TokenizerFiles;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.json.Json;
import dev.darkroom.diffusion.pipeline.LatentDecoder;
import dev.darkroom.diffusion.pipeline.NoisePredictor;
import dev.darkroom.diffusion.pipeline.TextEncoder;
import dev.darkroom.diffusion.schedule.SchedulerConfiguration;
import dev.darkroom.diffusion.tokenizer.ClipTokenizer;
import dev.darkroom.worker.stage.CheckpointStages;
import dev.darkroom.worker.stage.Stages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A checkpoint in memory, ready to make pictures. Whoever loads it closes it. */
public final class LoadedModel implements AutoCloseable {
    private final CheckpointId id;
    private final CheckpointConfiguration configuration;
    private final SchedulerConfiguration scheduler;
    private final ClipTokenizer tokenizer;
    private final Stages stages;

    public LoadedModel(
            CheckpointId id,
            CheckpointConfiguration configuration,
            SchedulerConfiguration scheduler,
            ClipTokenizer tokenizer,
            Stages stages) {
        this.id = id;
        this.configuration = configuration;
        this.scheduler = scheduler;
        this.tokenizer = tokenizer;
        this.stages = stages;
    }

    /**
     * Loads a checkpoint's folder.
     *
     * @throws DarkroomException {@link ErrorCode#CORRUPT_CHECKPOINT} where a file is missing or is
     *     not what it should be
     */
    public static LoadedModel load(CheckpointId id, Path folder) {
        CheckpointConfiguration configuration =
                readable(
                        folder,
                        CheckpointConfiguration.FILE,
                        bytes -> Json.readTolerant(bytes, CheckpointConfiguration.class));
        SchedulerConfiguration scheduler =
                readable(
                        folder,
                        CheckpointConfiguration.FILE,
                        bytes -> SchedulerConfiguration.of(configuration.scheduler()));
        ClipTokenizer tokenizer = tokenizer(folder, configuration.tokenizer());
        return new LoadedModel(
                id,
                configuration,
                scheduler,
                tokenizer,
                CheckpointStages.load(folder, configuration));
    }

    private static ClipTokenizer tokenizer(
            Path folder, CheckpointConfiguration.Tokenizer configuration) {
        TokenizerFiles files = TokenizerFiles.read(folder);
        try {
            return new ClipTokenizer(
                    files.vocabulary(),
                    ClipTokenizer.merges(files.mergeLines()),
                    configuration.beginToken(),
                    configuration.endToken(),
                    configuration.padToken(),
                    configuration.unknownToken(),
                    configuration.maxLength());
        } catch (IllegalArgumentException e) {
            throw new DarkroomException(
                    ErrorCode.CORRUPT_CHECKPOINT, "tokenizer: " + e.getMessage(), e);
        }
    }

    private interface Reader<T> {
        T read(byte[] content);
    }

    private static <T> T readable(Path folder, String file, Reader<T> reader) {
        try {
            return reader.read(Files.readAllBytes(folder.resolve(file)));
        } catch (IOException | RuntimeException e) {
            throw new DarkroomException(
                    ErrorCode.CORRUPT_CHECKPOINT, file + ": " + e.getMessage(), e);
        }
    }

    public CheckpointId id() {
        return id;
    }

    public CheckpointConfiguration configuration() {
        return configuration;
    }

    public SchedulerConfiguration scheduler() {
        return scheduler;
    }

    public ClipTokenizer tokenizer() {
        return tokenizer;
    }

    public TextEncoder textEncoder() {
        return stages;
    }

    public NoisePredictor noisePredictor() {
        return stages;
    }

    public LatentDecoder decoder() {
        return stages;
    }

    @Override
    public void close() {
        stages.close();
    }
}
