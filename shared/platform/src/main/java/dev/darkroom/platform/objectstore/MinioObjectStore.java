package dev.darkroom.platform.objectstore;

import dev.darkroom.contract.storage.ObjectKey;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The bucket through the MinIO SDK. */
public final class MinioObjectStore implements ObjectStore {
    public MinioObjectStore(ObjectStoreSettings settings) {
        throw new UnsupportedOperationException(settings.toString());
    }

    @Override
    public void ensureBucket() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void put(ObjectKey key, byte[] content, String contentType) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void putFile(ObjectKey key, Path file, String contentType) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean putIfAbsent(ObjectKey key, byte[] content, String contentType) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Optional<byte[]> find(ObjectKey key) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean download(ObjectKey key, Path target) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Optional<Long> size(ObjectKey key) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<ObjectKey> list(String prefix) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void delete(ObjectKey key) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
