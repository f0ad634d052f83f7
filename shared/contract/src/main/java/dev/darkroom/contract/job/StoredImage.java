package dev.darkroom.contract.job;

import dev.darkroom.contract.storage.ObjectKey;

/**
 * One finished picture in the object store.
 *
 * @param index 0-based place in the job
 * @param size bytes
 * @param sha256 of the stored bytes, lower-case hex
 * @param seed that made it: the job's seed + index
 */
public record StoredImage(int index, ObjectKey key, long size, String sha256, long seed) {}
