package dev.darkroom.producer.api;

import jakarta.inject.Singleton;

/**
 * Closed while the service starts and stops: requests are told so instead of being kept waiting.
 */
@Singleton
public final class Gate {
    private volatile boolean open;

    public void open() {
        open = true;
    }

    public void close() {
        open = false;
    }

    public boolean isOpen() {
        return open;
    }
}
