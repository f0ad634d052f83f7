package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.Priority;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the queue costs: jobs a second from the topic to manifest and event, with a model that takes
 * no time, on the embedded broker and store. Run by name: {@code mvn test -pl worker -am
 * -Dtest=QueueBenchmark -Dsurefire.failIfNoSpecifiedTests=false}.
 */
class QueueBenchmark {
    private static final int SLOTS = Integer.getInteger("slots", 16);
    private static final int COUNTED = 1000;
    private static final int ROUNDS = Integer.getInteger("rounds", 10);

    @TempDir private Path folder;

    @Test
    void jobsASecond() {
        try (PoolFixture pool = PoolFixture.start()) {
            Set<JobId> jobs = new HashSet<>();
            for (int i = 0; i < COUNTED * ROUNDS; i++) {
                GenerationJob job = Jobs.next(TenantName.DEFAULT, Priority.NORMAL, 1);
                jobs.add(job.id());
                pool.publisher.submit(job, Optional.empty());
            }
            System.out.printf(Locale.ROOT, "%n%d slots, a model that takes no time%n", SLOTS);
            try (Worker worker =
                    pool.worker(
                            "instant",
                            OptionalInt.of(SLOTS),
                            folder,
                            Jobs.MODEL,
                            real -> (id, pulse) -> new FakeStages().model(id))) {
                worker.start();
                for (int round = 0; round < ROUNDS; round++) {
                    int before = pool.ended.get();
                    Instant begin = Instant.now();
                    Duration cpu = cpu();
                    int end = COUNTED * (round + 1);
                    Await.until(() -> pool.ended.get() >= end);
                    double seconds = Duration.between(begin, Instant.now()).toNanos() / 1e9;
                    System.out.printf(
                            Locale.ROOT,
                            "jobs %5d to %5d: %4.0f a second, %5.2f ms of processor time each%n",
                            before,
                            pool.ended.get(),
                            (pool.ended.get() - before) / seconds,
                            cpu().minus(cpu).toNanos() / 1e6 / (pool.ended.get() - before));
                }
            }
            assertThat(
                            pool.events.stream()
                                    .filter(JobEvent.Succeeded.class::isInstance)
                                    .map(JobEvent::jobId))
                    .containsExactlyInAnyOrderElementsOf(jobs);
        }
    }

    /** What this process has had of all processors, broker and store with it. */
    private static Duration cpu() {
        return ProcessHandle.current().info().totalCpuDuration().orElseThrow();
    }
}
