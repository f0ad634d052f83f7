package dev.darkroom.worker;

import dev.darkroom.contract.storage.ObjectKey;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.platform.objectstore.PresignedUrl;
import dev.darkroom.platform.objectstore.StoredObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;

/** A bucket in memory that remembers every write and can be made to fail. */
public final class MemoryObjectStore implements ObjectStore {
    public final ConcurrentMap<ObjectKey, byte[]> objects = new ConcurrentHashMap<>();
    public final List<ObjectKey> writes = new ArrayList<>();

    /** Called with the operation's name before each; throws to make it fail. */
    public volatile Consumer<String> before = operation -> {};

    @Override
    public void ensureBucket() {}

    @Override
    public void put(ObjectKey key, byte[] content, String contentType) {
        before.accept("put");
        objects.put(key, content);
        written(key);
    }

    private synchronized void written(ObjectKey key) {
        writes.add(key);
    }

    @Override
    public void putFile(ObjectKey key, Path file, String contentType) {
        try {
            put(key, Files.readAllBytes(file), contentType);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public boolean putIfAbsent(ObjectKey key, byte[] content, String contentType) {
        before.accept("putIfAbsent");
        if (objects.putIfAbsent(key, content) != null) {
            return false;
        }
        written(key);
        return true;
    }

    @Override
    public Optional<byte[]> find(ObjectKey key) {
        before.accept("find");
        return Optional.ofNullable(objects.get(key));
    }

    @Override
    public boolean download(ObjectKey key, Path target, long from) {
        throw new UnsupportedOperationException("checkpoints are not kept here");
    }

    @Override
    public boolean download(ObjectKey key, Path target, String tag) {
        throw new UnsupportedOperationException("checkpoints are not kept here");
    }

    @Override
    public Optional<Long> size(ObjectKey key) {
        return find(key).map(content -> (long) content.length);
    }

    @Override
    public List<StoredObject> objects(String prefix) {
        before.accept("list");
        return objects.entrySet().stream()
                .filter(object -> object.getKey().value().startsWith(prefix))
                .sorted(java.util.Comparator.comparing(object -> object.getKey().value()))
                .map(
                        object ->
                                new StoredObject(
                                        object.getKey(),
                                        object.getValue().length,
                                        String.valueOf(
                                                java.util.Arrays.hashCode(object.getValue())),
                                        java.time.Instant.EPOCH))
                .toList();
    }

    @Override
    public PresignedUrl presign(ObjectKey key, Duration lifetime) {
        throw new UnsupportedOperationException("memory has no address");
    }

    @Override
    public void delete(ObjectKey key) {
        before.accept("delete");
        objects.remove(key);
    }

    @Override
    public void close() {}
}
