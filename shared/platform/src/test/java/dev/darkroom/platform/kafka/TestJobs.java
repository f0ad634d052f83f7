package dev.darkroom.platform.kafka;

import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.SamplerName;
import java.util.Optional;
import java.util.UUID;

final class TestJobs {
    private TestJobs() {}

    static GenerationJob next() {
        return new GenerationJob(
                JobId.of(UUID.randomUUID()),
                TenantName.DEFAULT,
                "a red sneaker",
                "",
                new ModelName("fashion-sd"),
                Optional.empty(),
                32,
                32,
                20,
                SamplerName.EULER,
                5,
                7,
                1);
    }
}
