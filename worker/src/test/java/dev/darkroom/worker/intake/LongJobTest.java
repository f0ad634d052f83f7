package dev.darkroom.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.SamplerName;
import dev.darkroom.platform.kafka.JobPublisher;
import dev.darkroom.platform.kafka.JobRelay;
import dev.darkroom.platform.kafka.JobSlot;
import dev.darkroom.platform.kafka.KafkaSettings;
import dev.darkroom.platform.kafka.PoolTopology;
import dev.darkroom.testing.EmbeddedStack;
import dev.darkroom.worker.Await;
import dev.darkroom.worker.Jobs;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Jobs that outlast their lock, on a real broker. */
@Timeout(120)
class LongJobTest {
    private static final Duration LOCK = Duration.ofSeconds(2);
    private static final Duration GRACE = Duration.ofSeconds(20);
    private static final Duration USUAL = Duration.ofMinutes(10);

    private static KafkaSettings kafka;
    private static JobPublisher publisher;
    private static JobRelay relay;

    private final IntakeRig holder = new IntakeRig();
    private final IntakeRig rival = new IntakeRig();
    private final GenerationJob job =
            Jobs.job(JobId.of(UUID.randomUUID()), "a", "b", SamplerName.EULER, 3, 2);

    @BeforeAll
    static void connect() {
        kafka =
                new KafkaSettings(
                        EmbeddedStack.shared().bootstrapServers(),
                        Map.of(),
                        1,
                        1,
                        (int) LOCK.toSeconds());
        PoolTopology.ensure(kafka);
        publisher = new JobPublisher(kafka, "/darkroom/test");
        relay = new JobRelay(kafka, (record, from) -> from.forward(record, failure -> {}));
        relay.start();
    }

    @AfterAll
    static void disconnect() {
        relay.close();
        publisher.close();
    }

    private static Slots slots(IntakeRig rig, String name, Duration silence) {
        return rig.slots(JobSource.of(new JobSlot(kafka, name)), GRACE, silence);
    }

    @Test
    void jobOfManyLocksIsKeptThoughOneStepOutlastsSeveral() {
        Slots working = slots(holder, "holder", USUAL);
        Slots waiting = slots(rival, "rival", USUAL);
        CountDownLatch begun = new CountDownLatch(1);
        holder.stages.beforePrediction =
                calls -> {
                    begun.countDown();
                    if (calls == 2) {
                        last(LOCK.multipliedBy(3));
                    } else if (calls < 6) {
                        last(LOCK.dividedBy(2));
                    }
                };
        try {
            working.growTo(1);
            publisher.submit(job, Optional.empty());
            Await.until(() -> begun.getCount() == 0);
            waiting.growTo(1);

            Await.until(Duration.ofMinutes(1), () -> ended(holder));
        } finally {
            waiting.close();
            working.close();
        }

        assertThat(holder.events.mileStones()).containsExactly("started", "succeeded");
        assertThat(holder.result(job.id()).attempt()).isOne();
        assertThat(rival.events.events).isEmpty();
    }

    @Test
    void jobThatStandsStillIsMadeByAnother() {
        Slots stuck = slots(holder, "stuck", Duration.ofMillis(500));
        Slots healthy = slots(rival, "healthy", USUAL);
        CountDownLatch never = new CountDownLatch(1);
        holder.stages.beforePrediction =
                calls -> {
                    if (calls == 3) {
                        await(never);
                    }
                };
        try {
            stuck.growTo(1);
            publisher.submit(job, Optional.empty());
            Await.until(Duration.ofMinutes(1), () -> holder.hangs.get() == 1);
            healthy.growTo(1);

            Await.until(Duration.ofMinutes(1), () -> ended(rival));
        } finally {
            never.countDown();
            healthy.close();
            stuck.close();
        }

        assertThat(rival.events.mileStones()).containsExactly("started", "succeeded");
        assertThat(rival.result(job.id()).attempt()).isEqualTo(2);
        assertThat(holder.events.mileStones()).containsExactly("started");
    }

    private static boolean ended(IntakeRig rig) {
        return rig.events.events.stream().anyMatch(JobEvent::isFinal);
    }

    /** A step that takes so long. */
    private static void last(Duration duration) {
        long end = System.nanoTime() + duration.toNanos();
        Await.until(() -> System.nanoTime() > end);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
