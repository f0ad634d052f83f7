package dev.darkroom.producer;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Settings of this service alone; {@code darkroom.default-model} belongs to the whole pool. */
@ConfigMapping(prefix = "darkroom.producer")
public interface ProducerSettings {
    /** Jobs kept in memory; the bucket answers for finished ones beyond. */
    @WithDefault("20000")
    int rememberedJobs();

    /** Time between comments on an idle event stream. */
    @WithDefault("15s")
    Duration heartbeat();
}
