package dev.darkroom.producer.api;

import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.job.SamplerName;
import dev.darkroom.producer.submit.ServedModel;
import java.time.Instant;
import java.util.List;

/**
 * A served model as clients see it.
 *
 * @param width native width, pixels
 * @param height native height, pixels
 * @param multipleOf what widths and heights must be multiples of, pixels
 * @param maxPixels the largest area, pixels
 * @param samplers every one that a job can ask for
 */
record ModelView(
        ModelName name,
        CheckpointVersion version,
        Instant promotedAt,
        int width,
        int height,
        int multipleOf,
        long maxPixels,
        List<SamplerName> samplers,
        CheckpointConfiguration.Defaults defaults) {
    static ModelView of(ServedModel served) {
        CheckpointConfiguration configuration = served.configuration();
        CheckpointConfiguration.Defaults defaults = configuration.defaults();
        return new ModelView(
                served.promotion().model(),
                served.promotion().version(),
                served.promotion().promotedAt(),
                defaults.width(),
                defaults.height(),
                configuration.downscale(),
                configuration.maxPixels(),
                List.of(SamplerName.values()),
                defaults);
    }
}
