package dev.darkroom.contract.event;

import dev.darkroom.contract.storage.ObjectKey;

/**
 * A picture in the bucket of how far a running job's pictures are. It is exchanged for later ones,
 * and gone when the job has ended.
 *
 * @param step after which the pictures looked so; the object may be of a later one by now
 */
public record JobPreview(ObjectKey key, int step) {}
