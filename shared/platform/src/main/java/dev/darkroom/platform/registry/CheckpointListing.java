package dev.darkroom.platform.registry;

import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointManifest;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.Disposition;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.platform.objectstore.StoredObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds a model's versions by listing the bucket. */
final class CheckpointListing {
    private static final Logger LOG = LoggerFactory.getLogger(CheckpointListing.class);

    private final ObjectStore store;
    private final Function<CheckpointId, Optional<CheckpointManifest>> manifests;

    CheckpointListing(
            ObjectStore store, Function<CheckpointId, Optional<CheckpointManifest>> manifests) {
        this.store = store;
        this.manifests = manifests;
    }

    /** The newest first; what is no version of ours is passed over. */
    List<PublishedCheckpoint> of(ModelName model) {
        String prefix = ObjectKeys.checkpoints(model);
        Map<String, List<StoredObject>> folders = new TreeMap<>();
        for (StoredObject object : store.objects(prefix)) {
            String path = object.key().value().substring(prefix.length());
            int slash = path.indexOf('/');
            if (slash > 0) {
                folders.computeIfAbsent(path.substring(0, slash), any -> new ArrayList<>())
                        .add(object);
            }
        }
        List<PublishedCheckpoint> found = new ArrayList<>();
        folders.forEach(
                (name, objects) ->
                        version(name)
                                .map(version -> new CheckpointId(model, version))
                                .ifPresent(id -> found.add(read(id, objects))));
        found.sort(
                Comparator.comparing(CheckpointListing::madeAt)
                        .reversed()
                        .thenComparing(each -> each.id().version().value()));
        return List.copyOf(found);
    }

    private static Instant madeAt(PublishedCheckpoint checkpoint) {
        return checkpoint
                .manifest()
                .map(CheckpointManifest::createdAt)
                .orElse(checkpoint.changedAt());
    }

    private PublishedCheckpoint read(CheckpointId id, List<StoredObject> objects) {
        String manifestKey = ObjectKeys.checkpointManifest(id).value();
        boolean whole = objects.stream().anyMatch(one -> one.key().value().equals(manifestKey));
        return new PublishedCheckpoint(
                id,
                whole ? manifest(id) : Optional.empty(),
                objects.stream().mapToLong(StoredObject::size).sum(),
                objects.stream()
                        .map(StoredObject::changedAt)
                        .max(Comparator.naturalOrder())
                        .orElse(Instant.EPOCH));
    }

    /** One with a damaged manifest is no whole checkpoint. */
    private Optional<CheckpointManifest> manifest(CheckpointId id) {
        try {
            return manifests.apply(id);
        } catch (DarkroomException e) {
            if (e.code().disposition() == Disposition.TRANSIENT) {
                throw e;
            }
            LOG.warn("{}: {} is damaged", id, CheckpointConfiguration.MANIFEST_FILE, e);
            return Optional.empty();
        }
    }

    private static Optional<CheckpointVersion> version(String name) {
        try {
            return Optional.of(new CheckpointVersion(name));
        } catch (DarkroomException e) {
            return Optional.empty();
        }
    }
}
