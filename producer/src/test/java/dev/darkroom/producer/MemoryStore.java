package dev.darkroom.producer;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.storage.ObjectKey;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.platform.objectstore.PresignedUrl;
import dev.darkroom.platform.objectstore.StoredObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;

/** A bucket in memory that counts how often it is read. */
public final class MemoryStore implements ObjectStore {
    private final Map<String, byte[]> objects = new ConcurrentSkipListMap<>();
    private int reads;
    private boolean failing;

    public int reads() {
        return reads;
    }

    /** From now on reads find nobody there. */
    public void fail() {
        failing = true;
    }

    private void requireAnswer() {
        if (failing) {
            throw new DarkroomException(ErrorCode.STORE_UNAVAILABLE, "no answer");
        }
    }

    @Override
    public void ensureBucket() {}

    @Override
    public void put(ObjectKey key, byte[] content, String contentType) {
        objects.put(key.value(), content.clone());
    }

    @Override
    public void putFile(ObjectKey key, Path file, String contentType) {
        try {
            objects.put(key.value(), Files.readAllBytes(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public boolean putIfAbsent(ObjectKey key, byte[] content, String contentType) {
        return objects.putIfAbsent(key.value(), content.clone()) == null;
    }

    @Override
    public Optional<byte[]> find(ObjectKey key) {
        reads++;
        requireAnswer();
        return Optional.ofNullable(objects.get(key.value()));
    }

    @Override
    public boolean download(ObjectKey key, Path target, long from) {
        throw new UnsupportedOperationException("the producer downloads no files");
    }

    @Override
    public boolean download(ObjectKey key, Path target, String tag) {
        throw new UnsupportedOperationException("the producer downloads no files");
    }

    @Override
    public Optional<Long> size(ObjectKey key) {
        requireAnswer();
        return Optional.ofNullable(objects.get(key.value())).map(content -> (long) content.length);
    }

    @Override
    public List<StoredObject> objects(String prefix) {
        return objects.entrySet().stream()
                .filter(object -> object.getKey().startsWith(prefix))
                .map(
                        object ->
                                new StoredObject(
                                        new ObjectKey(object.getKey()),
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
        objects.remove(key.value());
    }

    @Override
    public void close() {}
}
