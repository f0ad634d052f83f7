package dev.darkroom.platform.registry;

import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointManifest;
import java.time.Instant;
import java.util.Optional;

/**
 * A version of a model as it lies in the bucket.
 *
 * @param manifest none: only parts, of a publishing under way or abandoned
 * @param bytes of all its objects
 * @param changedAt when the last of its objects was written, by the store's clock
 */
public record PublishedCheckpoint(
        CheckpointId id, Optional<CheckpointManifest> manifest, long bytes, Instant changedAt) {}
