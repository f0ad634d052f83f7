package dev.darkroom.trainer.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.Promotion;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.SamplerName;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.platform.registry.CanaryWatch;
import dev.darkroom.testing.Checkout;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(90)
class CanaryGuardTest {
    private static final CanaryWatch.Rules QUICK =
            new CanaryWatch.Rules(
                    Duration.ofMinutes(30), Duration.ZERO, Duration.ofMinutes(30), 2, 3, 0.1);

    @TempDir private static Path shared;
    private static Surroundings surroundings;
    private static Path parent;
    private static Path changed;

    @TempDir Path folder;
    private Pool pool;
    private CheckpointId child;

    @BeforeAll
    static void opens() throws IOException {
        surroundings = Pool.open();
        parent = Pool.imported(Checkout.bundledModel(), shared.resolve("parent"));
        changed =
                Pool.imported(
                        SteppedTraining.checkpoint(shared.resolve("weights"), 12345),
                        shared.resolve("child"));
    }

    @AfterAll
    static void closes() {
        Pool.close(surroundings);
    }

    @BeforeEach
    void hasAModelOfItsOwn() throws IOException {
        pool = new Pool(surroundings, parent, folder);
        child = pool.publish(changed);
    }

    private CanaryGuard guard(String name) {
        CanaryGuard guard =
                new CanaryGuard(
                        pool.surroundings,
                        pool.options(name),
                        QUICK,
                        Duration.ofMillis(50),
                        Clock.systemUTC());
        guard.start();
        return guard;
    }

    private void job(boolean fails) {
        JobId id = JobId.of(UUID.randomUUID());
        GenerationJob job =
                new GenerationJob(
                        id,
                        "x",
                        "",
                        pool.model,
                        Optional.empty(),
                        32,
                        32,
                        2,
                        SamplerName.DDIM,
                        1,
                        1,
                        1);
        Instant now = Instant.now();
        pool.surroundings
                .publisher()
                .publish(
                        new JobEvent.Started(id, now, "w", 1, child.version(), job),
                        Optional.empty());
        pool.surroundings
                .publisher()
                .publish(
                        fails
                                ? new JobEvent.Failed(
                                        id, now, 1, ErrorCode.GENERATION_FAILED, "no picture")
                                : new JobEvent.Succeeded(id, now, 1, 1, ObjectKeys.result(id)),
                        Optional.empty());
    }

    private Promotion awaitEndOfTrial() {
        while (true) {
            Promotion standing = pool.surroundings.registry().promotion(pool.model).orElseThrow();
            if (standing.canary().isEmpty()) {
                return standing;
            }
            Pool.pause();
        }
    }

    @Test
    void aCanaryWhoseJobsSucceedGetsAllJobs() {
        pool.surroundings.registry().promoteCanary(child, 10);
        try (CanaryGuard one = guard("one");
                CanaryGuard two = guard("two")) {
            assertThat(one).isNotSameAs(two);
            for (int i = 0; i < 3; i++) {
                job(false);
            }

            Promotion now = awaitEndOfTrial();

            assertThat(now.id()).isEqualTo(child);
            assertThat(now.history()).containsExactly(pool.parent.version());
        }
    }

    @Test
    void aCanaryWhoseJobsFailIsTakenBack() {
        pool.surroundings.registry().promoteCanary(child, 10);
        try (CanaryGuard one = guard("one");
                CanaryGuard two = guard("two")) {
            assertThat(one).isNotSameAs(two);
            job(true);
            job(true);

            Promotion now = awaitEndOfTrial();

            assertThat(now.id()).isEqualTo(pool.parent);
            assertThat(now.history()).isEmpty();
        }
    }
}
