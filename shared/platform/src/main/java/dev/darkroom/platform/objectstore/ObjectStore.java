package dev.darkroom.platform.objectstore;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.storage.ObjectKey;
import dev.darkroom.contract.storage.ObjectKeys;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * One bucket, with the operations that every S3 server has.
 *
 * <p>All methods throw {@link DarkroomException}: {@link ErrorCode#STORE_UNAVAILABLE} where the
 * server does not answer or answers 5xx, {@link ErrorCode#MISCONFIGURED} where it refuses the
 * credentials or the bucket. Implementations may be used from many threads.
 */
public interface ObjectStore extends AutoCloseable {
    /** The longest that S3 lets a presigned URL hold. */
    Duration LONGEST_LINK = Duration.ofDays(7);

    /** Makes the bucket where it is missing. */
    void ensureBucket();

    /**
     * Makes sure that {@link #putIfAbsent} does what it says: a server that ignores the condition
     * lets a job end twice, and says success. Needs the right to write {@code probe/}.
     *
     * @throws DarkroomException MISCONFIGURED where it does not
     */
    default void requireConditionalWrites() {
        ObjectKey once = ObjectKeys.writtenOnce();
        String type = "text/plain";
        boolean wasAbsent = putIfAbsent(once, new byte[] {'1'}, type);
        if (wasAbsent && putIfAbsent(once, new byte[] {'2'}, type)) {
            throw new DarkroomException(
                    ErrorCode.MISCONFIGURED,
                    "the object store is not fit: it ignores \"If-None-Match: *\" and replaced "
                            + once
                            + ", so that no result would be safe");
        }
    }

    /** Writes or overwrites an object. */
    void put(ObjectKey key, byte[] content, String contentType);

    /** Writes or overwrites an object from a file of any size, without holding it in memory. */
    void putFile(ObjectKey key, Path file, String contentType);

    /**
     * Writes the object only where there is none ({@code If-None-Match: *}).
     *
     * @return whether this call wrote it; of any number that race exactly one does
     */
    boolean putIfAbsent(ObjectKey key, byte[] content, String contentType);

    /** The object's bytes, or nothing where there is none. */
    Optional<byte[]> find(ObjectKey key);

    /**
     * Writes the object into a file.
     *
     * @return false where there is no such object, and then no file
     */
    default boolean download(ObjectKey key, Path target) {
        return download(key, target, 0);
    }

    /**
     * Goes on with a download that stopped: appends the object's bytes from an offset on. What
     * stopped half-way leaves the bytes that came.
     *
     * @param from bytes of the object that the file has already, less than the object's size; what
     *     the file has beyond them is cut off
     * @return false where there is no such object, and then the file is as it was
     */
    boolean download(ObjectKey key, Path target, long from);

    /**
     * Writes the object into a file where it still has the content that a listing told of.
     *
     * @param tag of {@link StoredObject}
     * @return false where there is no such object or it has another content, and then no file
     */
    boolean download(ObjectKey key, Path target, String tag);

    /** Size in bytes, or nothing where there is no such object. */
    Optional<Long> size(ObjectKey key);

    /** All objects whose keys begin with the prefix, in order of their keys. */
    List<StoredObject> objects(String prefix);

    /** All keys that begin with the prefix, in order. */
    default List<ObjectKey> list(String prefix) {
        return objects(prefix).stream().map(StoredObject::key).toList();
    }

    /**
     * Signs a URL that gets the object. No request is made, so it may be of an object that is not
     * there.
     *
     * @param lifetime whole seconds, 1 s to {@link #LONGEST_LINK}
     * @throws IllegalArgumentException where the lifetime is another
     */
    PresignedUrl presign(ObjectKey key, Duration lifetime);

    /** Removes the object; one that is not there is no error. */
    void delete(ObjectKey key);

    @Override
    void close();
}
