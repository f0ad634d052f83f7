package dev.darkroom.platform.kafka;

import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.job.Deadline;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.Priority;
import dev.darkroom.contract.job.SamplerName;
import java.util.Optional;
import java.util.UUID;

/** Jobs that nobody runs. */
public final class TestJobs {
    private TestJobs() {}

    public static GenerationJob next() {
        return of(JobId.of(UUID.randomUUID()), new ModelName("fashion-sd"));
    }

    public static GenerationJob of(JobId id, ModelName model) {
        return of(id, model, Priority.NORMAL, Optional.empty());
    }

    public static GenerationJob of(Priority priority, Optional<Deadline> deadline) {
        return of(JobId.of(UUID.randomUUID()), new ModelName("fashion-sd"), priority, deadline);
    }

    private static GenerationJob of(
            JobId id, ModelName model, Priority priority, Optional<Deadline> deadline) {
        return new GenerationJob(
                id,
                TenantName.DEFAULT,
                "a red sneaker",
                "",
                model,
                Optional.empty(),
                32,
                32,
                20,
                SamplerName.EULER,
                5,
                7,
                1,
                priority,
                deadline);
    }
}
