package dev.darkroom.worker;

import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.Priority;
import dev.darkroom.contract.job.SamplerName;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Jobs, checkpoints and configurations that tests need to have some of. */
public final class Jobs {
    public static final JobId ID = new JobId("0b2d7c1e-3f6a-4c58-9d0e-5a1b2c3d4e5f");
    public static final ModelName MODEL = new ModelName("fashion-sd");
    public static final CheckpointVersion VERSION = new CheckpointVersion("0123456789ab");
    public static final CheckpointId CHECKPOINT = new CheckpointId(MODEL, VERSION);

    private Jobs() {}

    public static GenerationJob job(String prompt, String negativePrompt, SamplerName sampler) {
        return job(ID, prompt, negativePrompt, sampler, 7.5, 1);
    }

    public static GenerationJob job(
            JobId id,
            String prompt,
            String negativePrompt,
            SamplerName sampler,
            double guidanceScale,
            int count) {
        return new GenerationJob(
                id,
                TenantName.DEFAULT,
                prompt,
                negativePrompt,
                MODEL,
                Optional.empty(),
                32,
                32,
                25,
                sampler,
                guidanceScale,
                1,
                count,
                Priority.NORMAL,
                Optional.empty());
    }

    /** A new one, of one picture. */
    public static GenerationJob next(TenantName tenant, Priority priority, int steps) {
        return new GenerationJob(
                JobId.of(UUID.randomUUID()),
                tenant,
                "a",
                "",
                MODEL,
                Optional.empty(),
                32,
                32,
                steps,
                SamplerName.DDIM,
                1,
                1,
                1,
                priority,
                Optional.empty());
    }

    /** As Stable Diffusion 1.5. */
    public static CheckpointConfiguration configuration() {
        return new CheckpointConfiguration(
                new CheckpointConfiguration.Tokenizer(
                        77, "<|startoftext|>", "<|endoftext|>", "<|endoftext|>", "<|endoftext|>"),
                Map.of("beta_start", 0.00085, "beta_end", 0.012, "beta_schedule", "scaled_linear"),
                4,
                8,
                0.18215,
                768,
                8,
                1,
                Map.of(),
                new CheckpointConfiguration.Defaults(512, 512, 25, SamplerName.DDIM, 7.5));
    }
}
