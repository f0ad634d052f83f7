package dev.darkroom.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.job.JobId;
import dev.darkroom.platform.kafka.AcquiredRecord;
import dev.darkroom.worker.Await;
import dev.darkroom.worker.Jobs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What counts as a sign of life where jobs load models, or wait for each other. */
@Timeout(60)
class SilenceTest {
    private static final Duration SILENCE = Duration.ofMillis(600);
    private static final long LONG_MILLIS = 2500;

    private final IntakeRig rig = new IntakeRig();
    private final List<FakeJobSource> sources = new ArrayList<>();
    private final List<Slots> slots = new ArrayList<>();
    private final CountDownLatch goesOn = new CountDownLatch(1);

    @AfterEach
    void stop() {
        goesOn.countDown();
        slots.forEach(Slots::close);
    }

    /** In a slot of its own. */
    private FakeJobSource take(AcquiredRecord record) {
        FakeJobSource source = new FakeJobSource();
        source.offer(record);
        Slots own = rig.slots(source, Duration.ofSeconds(20), SILENCE);
        own.growTo(1);
        sources.add(source);
        slots.add(own);
        return source;
    }

    private static AcquiredRecord job(String fields) {
        return IntakeRig.text(
                "{\"id\":\"%s\",\"prompt\":\"a\",%s}"
                        .formatted(JobId.of(UUID.randomUUID()), fields));
    }

    private static AcquiredRecord pinned() {
        return job("\"version\":\"" + Jobs.VERSION + "\"");
    }

    private static void awaitEnd(FakeJobSource source) {
        Await.until(Duration.ofSeconds(20), () -> source.calls.contains("accept"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void fetchingAModelTakesAsLongAsItTakes(boolean pinned) {
        rig.whileFetching = () -> pause(LONG_MILLIS);

        FakeJobSource first = take(pinned ? pinned() : job("\"count\":1"));
        FakeJobSource waitsToo = take(pinned ? pinned() : job("\"count\":1"));

        awaitEnd(first);
        awaitEnd(waitsToo);
        assertThat(rig.hangs).hasValue(0);
    }

    @Test
    void loadThatStandsStillIsFoundAndItsJobGivenBack() {
        rig.whileLoading = this::standStill;

        FakeJobSource source = take(job("\"count\":1"));

        Await.until(Duration.ofSeconds(20), () -> rig.hangs.get() == 1);
        assertThat(source.calls).contains("release");
        assertThat(slots.get(0).hung()).isOne();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whoWaitsForALoadThatStandsStillIsGivenBack(boolean pinned) {
        rig.whileLoading = this::standStill;

        FakeJobSource loads = take(pinned ? pinned() : job("\"count\":1"));
        FakeJobSource waits = take(pinned ? pinned() : job("\"count\":1"));

        for (FakeJobSource source : List.of(loads, waits)) {
            Await.until(Duration.ofSeconds(20), () -> source.calls.contains("release"));
        }
        // Only the thread that loads is lost.
        Await.until(() -> slots.stream().mapToLong(Slots::hung).sum() == 1);
    }

    @Test
    void jobsThatWaitForTheirTurnGoOnHoweverManyThereAre() {
        rig.stages.beforePrediction = calls -> pause(250);
        // Of different sizes: none shares a call with another.
        List<FakeJobSource> all = new ArrayList<>();
        for (int width = 16; width <= 40; width += 4) {
            all.add(take(job("\"steps\":2,\"width\":" + width)));
        }

        all.forEach(SilenceTest::awaitEnd);
        assertThat(rig.hangs).hasValue(0);
    }

    @Test
    void callThatStandsStillKeepsNoOtherJobFromItsOwn() {
        AtomicBoolean first = new AtomicBoolean(true);
        rig.stages.beforePrediction =
                calls -> {
                    if (first.getAndSet(false)) {
                        standStill();
                    }
                };
        FakeJobSource stuck = take(job("\"width\":16"));
        Await.until(() -> !first.get());
        FakeJobSource other = take(job("\"width\":20"));

        Await.until(Duration.ofSeconds(20), () -> stuck.calls.contains("release"));
        awaitEnd(other);
        assertThat(slots.stream().map(Slots::hung)).containsExactly(1L, 0L);
    }

    private void standStill() {
        try {
            goesOn.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void pause(long millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
