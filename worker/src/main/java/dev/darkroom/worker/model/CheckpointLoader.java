package dev.darkroom.worker.model;

import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.platform.registry.CheckpointRegistry;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Brings published checkpoints into the local cache and from there into memory. */
public final class CheckpointLoader implements ModelPool.Loader {
    private final CheckpointRegistry registry;
    private final Path cache;
    private final Consumer<LoadedModel> warmUp;

    /**
     * @param warmUp uses the model once, or throws: no job is to be the first to find out
     */
    public CheckpointLoader(CheckpointRegistry registry, Path cache, Consumer<LoadedModel> warmUp) {
        this.registry = registry;
        this.cache = cache;
        this.warmUp = warmUp;
    }

    @Override
    public LoadedModel load(CheckpointId checkpoint) {
        LoadedModel model = LoadedModel.load(checkpoint, registry.fetch(checkpoint, cache));
        try {
            warmUp.accept(model);
            return model;
        } catch (RuntimeException | Error e) {
            model.close();
            throw e;
        }
    }
}
