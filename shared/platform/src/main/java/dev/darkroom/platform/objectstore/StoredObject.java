package dev.darkroom.platform.objectstore;

import dev.darkroom.contract.storage.ObjectKey;
import java.time.Instant;

/**
 * An object as a listing tells of it.
 *
 * @param size bytes
 * @param tag the server's entity tag: another content has another
 * @param changedAt by the server's clock
 */
public record StoredObject(ObjectKey key, long size, String tag, Instant changedAt) {}
