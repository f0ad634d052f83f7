package dev.darkroom.contract.job;

import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import java.util.Optional;

/**
 * An accepted job with nothing left open: running it twice on one checkpoint makes the same
 * pictures. Made only by {@link GenerationRequest#resolve}.
 *
 * @param tenant whose it is
 * @param version pins a checkpoint; none is the one promoted when the job begins
 * @param width pixels
 * @param height pixels
 * @param seed picture i uses seed + i
 * @param count number of pictures
 * @param deadline none: waits as long as it must
 */
public record GenerationJob(
        JobId id,
        TenantName tenant,
        String prompt,
        String negativePrompt,
        ModelName model,
        Optional<CheckpointVersion> version,
        int width,
        int height,
        int steps,
        SamplerName sampler,
        double guidanceScale,
        long seed,
        int count,
        Priority priority,
        Optional<Deadline> deadline) {
    /** The request that leaves nothing open: resolving it gives this job again. */
    public GenerationRequest asRequest() {
        return new GenerationRequest(
                Optional.of(tenant),
                prompt,
                Optional.of(negativePrompt),
                Optional.of(model),
                version,
                Optional.of(width),
                Optional.of(height),
                Optional.of(steps),
                Optional.of(sampler),
                Optional.of(guidanceScale),
                Optional.of(seed),
                Optional.of(count),
                Optional.of(priority),
                deadline);
    }
}
