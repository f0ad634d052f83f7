package dev.darkroom.platform.kafka;

/** The topics and group configurations that the pool needs: made where missing, then checked. */
public final class PoolTopology {
    private PoolTopology() {}

    /** Idempotent; every service calls it at its start, before it reads or writes anything. */
    public static void ensure(KafkaSettings settings) {
        throw new UnsupportedOperationException(settings.toString());
    }
}
