package dev.darkroom.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.worker.Await;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SlotTest {
    private final IntakeRig rig = new IntakeRig();
    private final FakeJobSource source = new FakeJobSource();
    private final Slots slots = rig.slots(source, Duration.ofSeconds(20), Duration.ofMinutes(10));

    @AfterEach
    void stop() {
        slots.close();
    }

    @Test
    void takesOneJobAfterTheOther() {
        slots.growTo(1);
        source.offer(IntakeRig.record(1));
        source.offer(IntakeRig.text("{"));

        Await.until(() -> source.calls.contains("reject"));
        assertThat(source.calls).containsExactly("accept", "reject");
        assertThat(slots.areConsuming()).isTrue();
    }

    @Test
    void renewsWhileOneStepTakesLong() {
        CountDownLatch renewed = new CountDownLatch(3);
        source.beforeRenew = renewed::countDown;
        rig.stages.beforePrediction = calls -> awaitIf(calls == 1, renewed);
        slots.growTo(1);
        source.offer(IntakeRig.record(1));

        Await.until(() -> source.calls.contains("accept"));
        assertThat(source.calls.stream().filter("renew"::equals).count()).isGreaterThanOrEqualTo(3);
    }

    @Test
    void lostLockStopsTheJobAndNothingIsAcknowledged() {
        CountDownLatch lost = new CountDownLatch(1);
        source.beforeRenew =
                () -> {
                    lost.countDown();
                    throw new DarkroomException(ErrorCode.LOCK_LOST, "another has it");
                };
        rig.stages.beforePrediction =
                calls -> {
                    awaitIf(calls == 1, lost);
                    // Steps that took no time at all would be done before anybody could stop them.
                    LockSupport.parkNanos(calls > 1 ? 20_000_000 : 0);
                };
        slots.growTo(1);
        source.offer(IntakeRig.record(1));
        source.offer(IntakeRig.text("{"));

        Await.until(() -> source.calls.contains("reject"));
        assertThat(source.calls).containsExactly("reject");
        assertThat(rig.stages.predictedRows.size()).isLessThan(25);
        assertThat(rig.events.mileStones()).containsExactly("started");
    }

    @Test
    void keepsTheRecordForTheDelayAndGivesItBack() {
        AtomicInteger finds = new AtomicInteger();
        rig.store.before =
                operation -> {
                    if (finds.incrementAndGet() == 1) {
                        throw new DarkroomException(ErrorCode.STORE_UNAVAILABLE, "away");
                    }
                };
        slots.growTo(1);
        source.offer(IntakeRig.record(1));
        source.offer(IntakeRig.record(2));

        Await.until(() -> source.calls.contains("accept"));
        assertThat(source.calls.stream().filter(call -> !call.equals("renew")))
                .containsExactly("release", "accept");
    }

    @Test
    void survivesABrokerThatIsAway() {
        AtomicInteger takes = new AtomicInteger();
        source.beforeTake =
                () -> {
                    if (takes.incrementAndGet() <= 3) {
                        throw new DarkroomException(ErrorCode.QUEUE_UNAVAILABLE, "away");
                    }
                };
        slots.growTo(1);
        source.offer(IntakeRig.record(1));

        Await.until(() -> source.calls.contains("accept"));
        assertThat(takes.get()).isLessThan(10);
    }

    @Test
    void errorWhileTakingDoesNotEndTheSlot() {
        AtomicInteger takes = new AtomicInteger();
        source.beforeTake =
                () -> {
                    if (takes.incrementAndGet() <= 2) {
                        throw new NoClassDefFoundError("test");
                    }
                };
        slots.growTo(1);
        source.offer(IntakeRig.record(1));

        Await.until(() -> source.calls.contains("accept"));
        assertThat(slots.areConsuming()).isTrue();
    }

    @Test
    void errorWhileRenewingGivesTheJobUpAndTheSlotGoesOn() {
        CountDownLatch failed = new CountDownLatch(1);
        source.beforeRenew =
                () -> {
                    if (failed.getCount() > 0) {
                        failed.countDown();
                        throw new NoClassDefFoundError("test");
                    }
                };
        rig.stages.beforePrediction =
                calls -> {
                    awaitIf(calls == 1, failed);
                    pause(20);
                };
        slots.growTo(1);
        source.offer(IntakeRig.record(1));
        source.offer(IntakeRig.text("{"));

        Await.until(() -> source.calls.contains("reject"));
        assertThat(source.calls).containsExactly("close", "reject");
        assertThat(rig.events.mileStones()).containsExactly("started");
    }

    @Test
    void lockLostDuringTheDelayEndsNothing() {
        rig.stages.beforePrediction =
                calls -> {
                    throw new DarkroomException(ErrorCode.RESOURCE_EXHAUSTED, "out of memory");
                };
        source.beforeRenew =
                () -> {
                    throw new DarkroomException(ErrorCode.LOCK_LOST, "another has it");
                };
        slots.growTo(1);
        source.offer(IntakeRig.record(1));
        source.offer(IntakeRig.text("{"));

        Await.until(() -> source.calls.contains("reject"));
        assertThat(source.calls).containsExactly("reject");
    }

    @Test
    void letsTheRunningJobEndWhenItStops() {
        CountDownLatch begun = new CountDownLatch(1);
        rig.stages.beforePrediction =
                calls -> {
                    begun.countDown();
                    pause(10);
                };
        slots.growTo(1);
        source.offer(IntakeRig.record(1));
        source.offer(IntakeRig.record(1));
        awaitIf(true, begun);

        slots.close();

        assertThat(source.calls.stream().filter(call -> !call.equals("renew")))
                .containsExactly("accept", "close");
    }

    @Test
    void givesTheRunningJobBackWhenTheGraceIsOver() {
        FakeJobSource own = new FakeJobSource();
        CountDownLatch begun = new CountDownLatch(1);
        rig.stages.beforePrediction =
                calls -> {
                    begun.countDown();
                    pause(100);
                };
        Slots impatient = rig.slots(own, Duration.ofMillis(50), Duration.ofMinutes(10));
        impatient.growTo(1);
        own.offer(IntakeRig.record(IntakeRig.MAX_ATTEMPTS));
        awaitIf(true, begun);

        impatient.close();

        assertThat(own.calls.stream().filter(call -> !call.equals("renew")))
                .containsExactly("release", "close");
        assertThat(rig.events.mileStones()).containsExactly("started");
        assertThat(rig.buried).isEmpty();
    }

    @Test
    void givesAJobBackThatStandsStillAndTakesNoneUntilItGoesOn() {
        FakeJobSource own = new FakeJobSource();
        CountDownLatch goesOn = new CountDownLatch(1);
        Slots watchful = withAJobThatStandsStill(own, goesOn);

        assertThat(own.calls.stream().filter(call -> !call.equals("renew")))
                .containsExactly("release", "close");
        assertThat(watchful.hung()).isOne();
        assertThat(watchful.areConsuming()).isFalse();
        assertThat(own.records).hasSize(1);

        goesOn.countDown();

        Await.until(() -> own.calls.contains("reject"));
        assertThat(watchful.hung()).isZero();
        Await.until(watchful::areConsuming);
        // What comes back after so long says nothing about the job, which is another's by now.
        assertThat(rig.stages.predictedRows).hasSize(4);
        assertThat(rig.events.mileStones()).containsExactly("started");
        assertThat(rig.store.objects).isEmpty();
        watchful.close();
    }

    /** One slot, whose job was found to stand still while another record waits. */
    private Slots withAJobThatStandsStill(FakeJobSource own, CountDownLatch goesOn) {
        rig.stages.beforePrediction = calls -> awaitIf(calls == 3, goesOn);
        Slots watchful = rig.slots(own, Duration.ofSeconds(20), Duration.ofMillis(200));
        watchful.growTo(1);
        own.offer(IntakeRig.record(1));
        own.offer(IntakeRig.text("{"));
        Await.until(() -> rig.hangs.get() == 1);
        return watchful;
    }

    /** The broker is away just then: the record is given back by what closes. */
    @Test
    void takesNothingWhileAJobStandsStillThatCannotBeGivenBack() {
        FakeJobSource own = new FakeJobSource();
        own.beforeEnd =
                () -> {
                    throw new DarkroomException(ErrorCode.QUEUE_UNAVAILABLE, "no answer");
                };
        CountDownLatch goesOn = new CountDownLatch(1);
        Slots watchful = withAJobThatStandsStill(own, goesOn);

        assertThat(own.calls.stream().filter(call -> !call.equals("renew")))
                .containsExactly("close");
        assertThat(watchful.areConsuming()).isFalse();
        assertThat(own.records).hasSize(1);

        own.beforeEnd = () -> {};
        goesOn.countDown();

        Await.until(() -> own.calls.contains("reject"));
        assertThat(watchful.hung()).isZero();
        watchful.close();
    }

    @Test
    void stopsAtOnceWhileAJobStandsStill() {
        FakeJobSource own = new FakeJobSource();
        CountDownLatch never = new CountDownLatch(1);
        rig.stages.beforePrediction = calls -> awaitIf(calls == 3, never);
        Slots watchful = rig.slots(own, Duration.ofMinutes(5), Duration.ofMillis(200));
        watchful.growTo(1);
        own.offer(IntakeRig.record(1));
        Await.until(() -> rig.hangs.get() == 1);

        // The grace is for jobs that go on.
        watchful.close();

        assertThat(own.calls.stream().filter(call -> call.equals("close"))).hasSize(2);
        never.countDown();
    }

    private static void awaitIf(boolean wait, CountDownLatch latch) {
        if (wait) {
            try {
                latch.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
