package dev.darkroom.platform.outcome;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.event.JobOutcome;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.ResultManifest;
import dev.darkroom.contract.job.StageTimings;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.platform.Embedded;
import dev.darkroom.platform.kafka.TestJobs;
import dev.darkroom.platform.objectstore.ObjectStore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class JobOutcomesTest {
    private static final Instant AT = Instant.parse("2026-01-02T03:04:05Z");

    private final JobId job = JobId.of(UUID.randomUUID());
    private ObjectStore store;
    private JobOutcomes outcomes;

    @BeforeEach
    void opens() {
        store = Embedded.store("outcomes");
        outcomes = new JobOutcomes(store);
    }

    @AfterEach
    void closes() {
        store.close();
    }

    /** Whoever cancels without us may write what is no name; the job is cancelled all the same. */
    @Test
    void anOutcomeOfNobodysTenantCounts() {
        String end = "{\"type\":\"cancelled\",\"jobId\":\"%s\",\"at\":\"%s\"}".formatted(job, AT);
        store.put(
                ObjectKeys.outcome(job),
                "{\"end\":%s,\"tenant\":\"Acme Corp\"}".formatted(end).getBytes(UTF_8),
                "application/json");

        assertThat(outcomes.find(job))
                .contains(JobOutcome.without(new JobEvent.Cancelled(job, AT)));
    }

    /** Two workers, a failure, a cancellation and an expiry at once. */
    @RepeatedTest(5)
    void ofAllWhoWantToEndAJobOneDecides() throws Exception {
        List<JobOutcome> wanted =
                List.of(
                        success("w1"),
                        success("w2"),
                        JobOutcome.without(
                                new JobEvent.Failed(job, AT, 5, ErrorCode.INTERNAL, "a fault")),
                        cancelled(),
                        JobOutcome.without(new JobEvent.Expired(job, AT, AT)));
        ExecutorService threads = Executors.newFixedThreadPool(wanted.size());
        CyclicBarrier together = new CyclicBarrier(wanted.size());
        Set<JobOutcome> told = new HashSet<>();
        try {
            List<Future<JobOutcome>> races = new ArrayList<>();
            for (JobOutcome want : wanted) {
                races.add(
                        threads.submit(
                                () -> {
                                    together.await();
                                    return outcomes.decide(want);
                                }));
            }
            for (Future<JobOutcome> race : races) {
                told.add(race.get());
            }
        } finally {
            threads.shutdownNow();
        }

        assertThat(told).hasSize(1).isSubsetOf(wanted);
        JobOutcome decided = told.iterator().next();
        assertThat(outcomes.find(job)).contains(decided);
        assertThat(manifest()).isEqualTo(decided.result());
    }

    @Test
    void manifestIsPutForAWorkerThatDiedBeforeItDid() {
        JobOutcome success = success("w1");
        store.put(ObjectKeys.outcome(job), Json.write(success), "application/json");

        assertThat(outcomes.find(job)).contains(success);

        assertThat(manifest()).isEqualTo(success.result());
    }

    @Test
    void whoComesTooLateToCancelFinishesTheDelivery() {
        JobOutcome success = success("w1");
        store.put(ObjectKeys.outcome(job), Json.write(success), "application/json");

        assertThat(outcomes.decide(cancelled())).isEqualTo(success);

        assertThat(manifest()).isEqualTo(success.result());
    }

    @Test
    void jobThatWasCancelledHasNoManifestWhoeverFinishesIt() {
        outcomes.decide(cancelled());

        assertThat(outcomes.decide(success("w1"))).isEqualTo(cancelled());

        assertThat(manifest()).isEmpty();
        assertThat(outcomes.find(job)).contains(cancelled());
    }

    @Test
    void damagedOutcomeIsAFaultOfOurs() {
        store.put(ObjectKeys.outcome(job), new byte[] {'{'}, "application/json");

        DarkroomException failure =
                catchThrowableOfType(DarkroomException.class, () -> outcomes.find(job));

        assertThat(failure.code()).isEqualTo(ErrorCode.INTERNAL);
        assertThat(failure.reason()).contains(ObjectKeys.outcome(job).value());
    }

    private Optional<ResultManifest> manifest() {
        return store.find(ObjectKeys.result(job))
                .map(json -> Json.read(json, ResultManifest.class));
    }

    private JobOutcome cancelled() {
        return JobOutcome.without(new JobEvent.Cancelled(job, AT));
    }

    private JobOutcome success(String worker) {
        return JobOutcome.of(
                new ResultManifest(
                        TestJobs.of(job, new ModelName("fashion-sd")),
                        new CheckpointVersion("0a1b2c3d4e5f"),
                        List.of(),
                        1,
                        worker,
                        new StageTimings(1, 2, 3, 4),
                        AT));
    }
}
