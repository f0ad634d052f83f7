package dev.darkroom.producer;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Settings of this service alone; {@code darkroom.default-model} belongs to the whole pool. */
@ConfigMapping(prefix = "darkroom.producer")
public interface ProducerSettings {
    /** Jobs kept in memory; the bucket answers for finished ones beyond. */
    @WithDefault("20000")
    int rememberedJobs();

    /** Time between comments on an idle event stream. */
    @WithDefault("15s")
    Duration heartbeat();

    /** What is told when a job ends. */
    Webhook webhook();

    /** A webhook as Standard Webhooks 1.0.0 has them. */
    interface Webhook {
        /** Where to; none: nobody is told. */
        Optional<String> url();

        /** {@code whsec_...}; during an exchange the new one first, then the old one. */
        Optional<List<String>> secret();

        /** Whether the address may be one of this machine or of a private network. */
        @WithDefault("false")
        boolean allowPrivate();
    }
}
