package dev.darkroom.worker.model;

import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.platform.registry.CheckpointRegistry;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings published checkpoints into the local cache and from there into memory. */
public final class CheckpointLoader implements ModelPool.Loader {
    /** Uses a model once, or throws: no job is to be the first to find out. */
    @FunctionalInterface
    public interface WarmUp {
        /**
         * @param between to be called between parts of the work
         */
        void run(LoadedModel model, Runnable between);
    }

    private static final Logger LOG = LoggerFactory.getLogger(CheckpointLoader.class);

    private final CheckpointRegistry registry;
    private final Path cache;
    private final WarmUp warmUp;
    private final BooleanSupplier isBusy;
    private final Supplier<List<CheckpointId>> loaded;

    /**
     * @param isBusy whether jobs are running, whose time a load must not take
     * @param loaded what is loaded already; of those that are not, old versions leave the cache
     */
    public CheckpointLoader(
            CheckpointRegistry registry,
            Path cache,
            WarmUp warmUp,
            BooleanSupplier isBusy,
            Supplier<List<CheckpointId>> loaded) {
        this.registry = registry;
        this.cache = cache;
        this.warmUp = warmUp;
        this.isBusy = isBusy;
        this.loaded = loaded;
    }

    @Override
    public LoadedModel load(CheckpointId checkpoint) {
        Path folder = registry.fetch(checkpoint, cache);
        Pace pace = new Pace(isBusy);
        LoadedModel model = LoadedModel.load(checkpoint, folder, pace::rest);
        LOG.info("warms up {}", checkpoint);
        try {
            warmUp.run(model, pace::rest);
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
