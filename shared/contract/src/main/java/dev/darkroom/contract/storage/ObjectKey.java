package dev.darkroom.contract.storage;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/**
 * A key in the bucket. Built by {@link ObjectKeys}; the constructor is for keys that are read back.
 */
public record ObjectKey(@JsonValue String value) {
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public ObjectKey {
        if (value.isEmpty()
                || value.length() > 1024
                || value.startsWith("/")
                || value.contains("..")
                || value.contains("//")) {
            throw new IllegalArgumentException("not an object key: " + value);
        }
    }

    @Override
    public String toString() {
        return value;
    }
}
