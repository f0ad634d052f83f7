package dev.darkroom.platform.registry;

import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointManifest;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.checkpoint.Promotion;
import dev.darkroom.platform.kafka.KafkaSettings;
import dev.darkroom.platform.objectstore.ObjectStore;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The checkpoints that exist (published: manifest in the bucket) and the ones that serve (promoted:
 * named by the compacted topic). Follows the topic in the background once started.
 */
public final class CheckpointRegistry implements AutoCloseable {
    public CheckpointRegistry(ObjectStore store, KafkaSettings kafka) {
        throw new UnsupportedOperationException(store.toString() + kafka);
    }

    /** Begins to follow the promotions and returns when all that there are have been read. */
    public void start() {
        throw new UnsupportedOperationException();
    }

    /**
     * Uploads a checkpoint's folder (made by the importer or the trainer), manifest last. A version
     * that is published already is left as it is.
     */
    public void publish(Path folder) {
        throw new UnsupportedOperationException();
    }

    /** Makes the version serve its model, and returns when the broker has it. */
    public void promote(CheckpointId checkpoint) {
        throw new UnsupportedOperationException();
    }

    /**
     * The version that serves a model. Before it says that there is none it reads the topic to its
     * end, so that a model promoted a moment ago is not called unknown.
     */
    public Optional<CheckpointId> promoted(ModelName model) {
        throw new UnsupportedOperationException();
    }

    /** Every model that is served, by name. */
    public List<Promotion> promotions() {
        throw new UnsupportedOperationException();
    }

    /** A published checkpoint's manifest. */
    public Optional<CheckpointManifest> manifest(CheckpointId checkpoint) {
        throw new UnsupportedOperationException();
    }

    /** A published checkpoint's configuration, remembered once read. */
    public CheckpointConfiguration configuration(CheckpointId checkpoint) {
        throw new UnsupportedOperationException();
    }

    /**
     * Brings a checkpoint into a local cache, checks every file against the manifest, and returns
     * its folder. Files that are there and match are not fetched again.
     *
     * @throws dev.darkroom.contract.error.DarkroomException CORRUPT_CHECKPOINT where a file in the
     *     bucket does not match
     */
    public Path fetch(CheckpointId checkpoint, Path cache) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
