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
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the queue costs: jobs a second from the topic to manifest and event, with a model that takes
 * no time, on the embedded broker and store. Run by name: {@code mvn test -pl worker -am
 * -Dtest=QueueBenchmark -Dsurefire.failIfNoSpecifiedTests=false}.
 */
class QueueBenchmark {
    private static final int JOBS = 3000;
    private static final int COLD = 1000;
    private static final int SLOTS = Integer.getInteger("slots", 16);

    @TempDir private Path folder;

    @Test
    void jobsASecond() {
        try (PoolFixture pool = PoolFixture.start()) {
            List<JobId> jobs = new ArrayList<>();
            for (int i = 0; i < JOBS; i++) {
                GenerationJob job = Jobs.next(TenantName.DEFAULT, Priority.NORMAL, 1);
                jobs.add(job.id());
                pool.publisher.submit(job, Optional.empty());
            }
            try (Worker worker =
                    pool.worker(
                            "instant",
                            OptionalInt.of(SLOTS),
                            folder,
                            Jobs.MODEL,
                            real -> id -> new FakeStages().model(id))) {
                worker.start();
                Await.until(() -> pool.ended.get() >= COLD);
                Instant begin = Instant.now();
                int before = pool.ended.get();
                Await.until(() -> pool.ended.get() >= JOBS);
                double seconds = Duration.between(begin, Instant.now()).toNanos() / 1e9;
                System.out.printf(
                        Locale.ROOT,
                        "%n%d slots, a model that takes no time: %.0f jobs a second (%d of %d in"
                                + " %.2f s)%n%n",
                        SLOTS,
                        (JOBS - before) / seconds,
                        JOBS - before,
                        JOBS,
                        seconds);
            }
            assertThat(jobs).allMatch(job -> pool.awaitEnd(job) instanceof JobEvent.Succeeded);
        }
    }
}
