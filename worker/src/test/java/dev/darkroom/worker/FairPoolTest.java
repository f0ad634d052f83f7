package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.Priority;
import dev.darkroom.testing.EmbeddedStack;
import dev.darkroom.worker.model.ModelPool;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Which of many waiting jobs real workers begin first, with a model that takes little time. */
@Timeout(180)
class FairPoolTest {
    private static final long STEP_MILLIS = 20;

    @TempDir private Path folder;
    private PoolFixture pool;

    @BeforeEach
    void connect() {
        pool = PoolFixture.start();
    }

    @AfterEach
    void disconnect() {
        pool.close();
    }

    @Test
    void theUrgentFirstAndEachTenantInItsTurn() {
        List<JobId> low = submit(12, "many", Priority.LOW);
        List<JobId> normal = submit(8, "many", Priority.NORMAL);
        List<JobId> few = submit(2, "few", Priority.NORMAL);
        List<JobId> high = submit(2, "many", Priority.HIGH);
        try (Worker worker = worker("fair")) {
            worker.start();
            Await.until(() -> pool.events(normal.get(0)).size() > 0);
            List<JobId> late = submit(1, "many", Priority.HIGH);
            List<JobId> all = new ArrayList<>(low);
            all.addAll(normal);
            all.addAll(few);
            all.addAll(high);
            all.addAll(late);
            assertThat(all).allMatch(job -> pool.awaitEnd(job) instanceof JobEvent.Succeeded);

            List<JobId> begun = begun(all);
            assertThat(begun).hasSameSizeAs(all);
            assertThat(begun.subList(0, 3)).containsAll(high);
            assertThat(begun.indexOf(few.get(1))).isLessThan(begun.indexOf(normal.get(4)));
            assertThat(begun.indexOf(normal.get(7))).isLessThan(begun.indexOf(low.get(8)));
            assertThat(begun.indexOf(low.get(0))).isLessThan(begun.indexOf(normal.get(7)));
            assertThat(begun.indexOf(late.get(0))).isLessThan(begun.indexOf(normal.get(7)));
        }
    }

    @Test
    void anotherWorkerGoesOnWithTheOrder() {
        List<JobId> jobs = submit(12, "many", Priority.LOW);
        try (Worker second = worker("second")) {
            try (Worker first = worker("first")) {
                first.start();
                Await.until(first::isReady);
                second.start();
                Await.until(() -> pool.events(jobs.get(2)).size() > 0);
            }
            jobs.addAll(submit(2, "many", Priority.HIGH));
            assertThat(jobs).allMatch(job -> pool.awaitEnd(job) instanceof JobEvent.Succeeded);
            assertThat(begun(jobs)).hasSameSizeAs(jobs);
        }
    }

    /** It does not leave: that it is gone is noticed, and what it had put in order is read. */
    @Test
    void anotherWorkerKeepsTheOrderOfOneThatWasKilled() throws Exception {
        Process killed =
                WorkerProcess.start(
                        pool,
                        EmbeddedStack.shared().storeEndpoint().toString(),
                        folder.resolve("killed"),
                        folder.resolve("killed.log").toFile());
        try (Worker next = worker("next")) {
            JobId running;
            List<JobId> jobs;
            try {
                running = submit(1, "many", Priority.NORMAL, 900).get(0);
                Await.until(
                        Duration.ofMinutes(2),
                        () -> !pool.events(running, JobEvent.Progress.class).isEmpty());
                next.start();
                Await.until(next::isReady);
                jobs = submit(20, "many", Priority.LOW, 20);
                Await.until(() -> !pool.events(jobs.get(0)).isEmpty());
                assertThat(next.waitingJobs()).as("the other orders them").isZero();
            } finally {
                killed.destroyForcibly().waitFor();
            }
            List<JobId> high = submit(2, "many", Priority.HIGH, 20);
            Await.until(() -> next.waitingJobs() > 0);

            jobs.addAll(high);
            assertThat(pool.awaitEnd(running)).isInstanceOf(JobEvent.Succeeded.class);
            assertThat(jobs).allMatch(job -> pool.awaitEnd(job) instanceof JobEvent.Succeeded);

            List<JobId> begun = begun(jobs);
            assertThat(begun).as("none twice").hasSameSizeAs(jobs);
            assertThat(begun.indexOf(high.get(1))).isLessThan(begun.indexOf(jobs.get(10)));
            assertThat(pool.events(running, JobEvent.Succeeded.class)).hasSize(1);
        }
    }

    private Worker worker(String name) {
        UnaryOperator<ModelPool.Loader> slow =
                real ->
                        (id, pulse) -> {
                            FakeStages stages = new FakeStages();
                            stages.beforePrediction = calls -> pause();
                            return stages.model(id);
                        };
        return pool.worker(name, OptionalInt.of(1), folder.resolve(name), Jobs.MODEL, slow);
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(STEP_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** In their order, which topics of several partitions do not keep. */
    private List<JobId> begun(List<JobId> jobs) {
        return pool.events.stream()
                .filter(JobEvent.Started.class::isInstance)
                .sorted(Comparator.comparing(JobEvent::at))
                .map(JobEvent::jobId)
                .filter(jobs::contains)
                .toList();
    }

    private List<JobId> submit(int count, String tenant, Priority priority) {
        return submit(count, tenant, priority, 10);
    }

    private List<JobId> submit(int count, String tenant, Priority priority, int steps) {
        List<JobId> ids = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            GenerationJob job = Jobs.next(new TenantName(tenant), priority, steps);
            pool.publisher.submit(job, Optional.empty());
            ids.add(job.id());
        }
        return ids;
    }
}
