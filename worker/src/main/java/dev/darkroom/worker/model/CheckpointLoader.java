package dev.darkroom.worker.model;

import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.platform.registry.CheckpointRegistry;
import dev.darkroom.worker.life.Pulse;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings published checkpoints into the local cache and from there into memory. */
public final class CheckpointLoader implements ModelPool.Loader {
    private static final Logger LOG = LoggerFactory.getLogger(CheckpointLoader.class);

    private final CheckpointRegistry registry;
    private final Path cache;
    private final BiConsumer<LoadedModel, Pulse> warmUp;
    private final Supplier<List<CheckpointId>> loaded;

    /**
     * @param warmUp uses the model once, or throws: no job is to be the first to find out; shows
     *     that it goes on
     * @param loaded what is loaded already; of those that are not, old versions leave the cache
     */
    public CheckpointLoader(
            CheckpointRegistry registry,
            Path cache,
            BiConsumer<LoadedModel, Pulse> warmUp,
            Supplier<List<CheckpointId>> loaded) {
        this.registry = registry;
        this.cache = cache;
        this.warmUp = warmUp;
        this.loaded = loaded;
    }

    @Override
    public LoadedModel load(CheckpointId checkpoint, Pulse pulse) {
        // Gigabytes take as long as they take. That cannot stand still: the store's next byte is
        // waited for no longer than its client does. What follows is native code.
        pulse.rest();
        Path folder = registry.fetch(checkpoint, cache);
        pulse.live();
        LoadedModel model = LoadedModel.load(checkpoint, folder);
        LOG.info("warms up {}", checkpoint);
        pulse.live();
        try {
            warmUp.accept(model, pulse);
        } catch (RuntimeException | Error e) {
            model.close();
            throw e;
        }
        tidy(checkpoint);
        return model;
    }

    private void tidy(CheckpointId brought) {
        Set<CheckpointVersion> inUse = new HashSet<>(Set.of(brought.version()));
        for (CheckpointId other : loaded.get()) {
            if (other.model().equals(brought.model())) {
                inUse.add(other.version());
            }
        }
        registry.tidy(brought.model(), inUse, cache);
    }
}
