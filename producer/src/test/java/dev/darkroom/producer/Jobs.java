package dev.darkroom.producer;

import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.GenerationRequest;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.JobRecord;
import dev.darkroom.contract.job.SamplerName;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.storage.ObjectKeys;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;

/** Jobs to test with. */
public final class Jobs {
    public static final JobId ID = id(1);
    public static final ModelName MODEL = new ModelName("fashion-sd");
    public static final CheckpointVersion VERSION = new CheckpointVersion("0a1b2c3d4e5f");
    public static final CheckpointConfiguration CONFIGURATION = configuration(25);
    public static final GenerationJob JOB = job(ID, "a red sneaker");

    private Jobs() {}

    /**
     * @param steps of a job that does not say
     */
    public static CheckpointConfiguration configuration(int steps) {
        return new CheckpointConfiguration(
                new CheckpointConfiguration.Tokenizer(77, "<b>", "<e>", "<e>", "<e>"),
                Map.of("_class_name", "DDIMScheduler"),
                4,
                8,
                0.18215,
                64,
                4,
                1,
                Map.of("unet", 1L),
                new CheckpointConfiguration.Defaults(
                        32, 32, steps, SamplerName.DPMPP_2M_KARRAS, 4));
    }

    public static JobId id(long number) {
        return JobId.of(new UUID(0x4000, number));
    }

    public static Instant at(long second) {
        return Instant.parse("2026-01-31T12:00:00Z").plusSeconds(second);
    }

    public static GenerationJob job(JobId id, String prompt) {
        return GenerationRequest.of(prompt).resolve(id, MODEL, CONFIGURATION);
    }

    public static GenerationJob job(JobId id, String prompt, TenantName tenant, int count) {
        return Json.convert(
                        Json.mapper().createObjectNode().put("prompt", prompt).put("count", count),
                        GenerationRequest.class)
                .by(tenant)
                .resolve(id, MODEL, CONFIGURATION);
    }

    public static JobRecord record(String prompt) {
        return new JobRecord(ID, GenerationRequest.of(prompt));
    }

    public static JobEvent succeeded(GenerationJob job, long second) {
        return new JobEvent.Succeeded(
                job.id(), at(second), 1, job.count(), ObjectKeys.result(job.id()));
    }
}
