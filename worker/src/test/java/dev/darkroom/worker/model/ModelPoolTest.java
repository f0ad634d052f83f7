package dev.darkroom.worker.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.worker.Await;
import dev.darkroom.worker.FakeStages;
import dev.darkroom.worker.Jobs;
import dev.darkroom.worker.life.Cancellation;
import dev.darkroom.worker.life.Pulse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class ModelPoolTest {
    private final Map<CheckpointId, FakeStages> stages = new ConcurrentHashMap<>();
    private final AtomicInteger loads = new AtomicInteger();
    private final ModelPool pool = new ModelPool(this::load, 2);

    private LoadedModel load(CheckpointId id, Pulse pulse) {
        loads.incrementAndGet();
        FakeStages made = new FakeStages();
        stages.put(id, made);
        return made.model(id);
    }

    @Test
    void loadsOnceAndKeepsServing() {
        pool.lease(id("a"), new Cancellation()).close();
        try (ModelPool.Lease lease = pool.lease(id("a"), new Cancellation())) {
            assertThat(lease.model().id()).isEqualTo(id("a"));
        }

        assertThat(loads).hasValue(1);
        assertThat(stages.get(id("a")).closed).isFalse();
    }

    @Test
    void leastRecentlyUsedGoesFirst() {
        pool.lease(id("a"), new Cancellation()).close();
        pool.lease(id("b"), new Cancellation()).close();
        pool.lease(id("a"), new Cancellation()).close();
        pool.lease(id("c"), new Cancellation()).close();

        assertThat(pool.loaded()).containsExactly(id("a"), id("c"));
        assertThat(stages.get(id("b")).closed).isTrue();
    }

    @Test
    void neverClosesAModelInUse() {
        ModelPool.Lease a = pool.lease(id("a"), new Cancellation());
        ModelPool.Lease b = pool.lease(id("b"), new Cancellation());
        ModelPool.Lease c = pool.leaseBeside(id("c"), new Cancellation());

        assertThat(pool.loaded()).hasSize(3);
        assertThat(stages.values()).noneMatch(each -> each.closed);

        a.close();
        assertThat(stages.get(id("a")).closed).isTrue();
        assertThat(pool.loaded()).containsExactly(id("b"), id("c"));
        b.close();
        c.close();
        assertThat(pool.loaded()).containsExactly(id("b"), id("c"));
    }

    @Test
    @Timeout(60)
    void jobsOfManyVersionsTakeTurnsInTheMemoryThereIs() throws Exception {
        ExecutorService jobs = Executors.newFixedThreadPool(16);
        AtomicInteger most = new AtomicInteger();
        try {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                CheckpointId id = id("model-" + i);
                all.add(jobs.submit(() -> use(id, most)));
            }
            for (Future<?> job : all) {
                job.get();
            }
        } finally {
            jobs.shutdownNow();
        }

        assertThat(loads).hasValueGreaterThanOrEqualTo(16);
        assertThat(most).hasValue(2);
    }

    @Test
    @Timeout(60)
    void modelsThatAreAlwaysInUseKeepNoOtherFromItsTurn() throws Exception {
        ExecutorService jobs = Executors.newCachedThreadPool();
        AtomicBoolean enough = new AtomicBoolean();
        AtomicInteger most = new AtomicInteger();
        List<Future<?>> busy = new ArrayList<>();
        try {
            for (int i = 0; i < 8; i++) {
                CheckpointId id = id("busy-" + i % 2);
                busy.add(
                        jobs.submit(
                                () -> {
                                    while (!enough.get()) {
                                        use(id, most);
                                    }
                                }));
            }
            Await.until(() -> stages.size() == 2);

            for (int i = 0; i < 5; i++) {
                CheckpointId id = id("other-" + i);
                jobs.submit(() -> use(id, most)).get();
            }
            enough.set(true);
            for (Future<?> job : busy) {
                job.get();
            }
        } finally {
            enough.set(true);
            jobs.shutdownNow();
        }
        assertThat(most).hasValue(2);
    }

    @Test
    void whoWaitsForRoomCanBeStoppedAndLeavesOthersTheirTurn() throws Exception {
        ModelPool.Lease a = pool.lease(id("a"), new Cancellation());
        ModelPool.Lease b = pool.lease(id("b"), new Cancellation());
        Cancellation cancellation = new Cancellation();
        ExecutorService jobs = Executors.newSingleThreadExecutor();
        try {
            Future<?> waiting = jobs.submit(() -> pool.lease(id("c"), cancellation));
            // From then on nobody new gets one of them.
            Await.until(() -> !isLeased(id("a")) || !isLeased(id("b")));

            cancellation.cancel(new DarkroomException(ErrorCode.JOB_ENDED, "cancelled"));

            assertThatThrownBy(waiting::get).hasRootCauseMessage("cancelled");
            assertThat(isLeased(id("a"))).isTrue();
            assertThat(isLeased(id("b"))).isTrue();
        } finally {
            jobs.shutdownNow();
        }
        a.close();
        b.close();
    }

    private boolean isLeased(CheckpointId id) {
        Optional<ModelPool.Lease> lease = pool.leaseIfLoaded(id, new Pulse());
        lease.ifPresent(ModelPool.Lease::close);
        return lease.isPresent();
    }

    @Test
    void whoWaitsForRoomIsAliveUnlessNobodyCanMakeAny() throws Exception {
        Cancellation holding = new Cancellation();
        ModelPool one = new ModelPool(this::load, 1);
        ModelPool.Lease held = one.lease(id("a"), holding);
        Cancellation waits = new Cancellation();
        ExecutorService jobs = Executors.newSingleThreadExecutor();
        try {
            Future<?> waiting = jobs.submit(() -> one.lease(id("b"), waits));
            Duration longer = Cancellation.LOOK.multipliedBy(4);
            Instant soon = Instant.now().plus(longer.multipliedBy(2));
            Await.until(() -> Instant.now().isAfter(soon));
            assertThat(waits.giveUpIfSilent(longer)).isFalse();

            holding.pulse().live();
            Await.until(() -> holding.giveUpIfSilent(Duration.ofMillis(1)));

            Await.until(() -> waits.giveUpIfSilent(longer));
            assertThatThrownBy(waiting::get).hasRootCauseInstanceOf(DarkroomException.class);
        } finally {
            jobs.shutdownNow();
        }
        held.close();
    }

    private void use(CheckpointId id, AtomicInteger most) {
        try (ModelPool.Lease lease = pool.lease(id, new Cancellation())) {
            most.accumulateAndGet(inMemory(), Math::max);
            TimeUnit.MILLISECONDS.sleep(20);
            assertThat(lease.model().id()).isEqualTo(id);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private int inMemory() {
        return (int) stages.values().stream().filter(each -> !each.closed).count();
    }

    @Test
    void closingALeaseTwiceCountsOnce() {
        ModelPool.Lease first = pool.lease(id("a"), new Cancellation());
        ModelPool.Lease second = pool.lease(id("a"), new Cancellation());
        first.close();
        first.close();
        pool.close();

        assertThat(stages.get(id("a")).closed).isFalse();
        second.close();
        assertThat(stages.get(id("a")).closed).isTrue();
    }

    @Test
    void triesAgainAfterALoadThatFailed() {
        AtomicInteger tries = new AtomicInteger();
        ModelPool failing =
                new ModelPool(
                        (id, pulse) -> {
                            if (tries.incrementAndGet() == 1) {
                                throw new DarkroomException(ErrorCode.STORE_UNAVAILABLE, "away");
                            }
                            return load(id, pulse);
                        },
                        1);

        assertThatThrownBy(() -> failing.lease(id("a"), new Cancellation()))
                .isInstanceOfSatisfying(
                        DarkroomException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE));
        assertThat(failing.loaded()).isEmpty();
        failing.lease(id("a"), new Cancellation()).close();
        assertThat(failing.loaded()).containsExactly(id("a"));
    }

    @Test
    void manyWaitForOneLoad() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        ModelPool slow =
                new ModelPool(
                        (id, pulse) -> {
                            try {
                                go.await();
                            } catch (InterruptedException e) {
                                throw new IllegalStateException(e);
                            }
                            return load(id, pulse);
                        },
                        1);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<CheckpointId>> leased =
                    java.util.stream.IntStream.range(0, 4)
                            .mapToObj(
                                    i ->
                                            threads.submit(
                                                    () -> {
                                                        try (ModelPool.Lease lease =
                                                                slow.lease(
                                                                        id("a"),
                                                                        new Cancellation())) {
                                                            return lease.model().id();
                                                        }
                                                    }))
                            .toList();
            go.countDown();
            for (Future<CheckpointId> each : leased) {
                assertThat(each.get(10, TimeUnit.SECONDS)).isEqualTo(id("a"));
            }
            assertThat(loads).hasValue(1);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void modelThatDoesNotCloseKeepsNobodyFromAnother() {
        pool.lease(id("a"), new Cancellation()).close();
        pool.lease(id("b"), new Cancellation()).close();
        stages.get(id("a")).beforeClose =
                () -> {
                    throw new IllegalStateException("freed before");
                };

        try (ModelPool.Lease lease = pool.lease(id("c"), new Cancellation())) {
            assertThat(lease.model().id()).isEqualTo(id("c"));
        }
        assertThat(pool.loaded()).containsExactly(id("b"), id("c"));
    }

    @Test
    void closedPoolGivesNoLease() {
        pool.lease(id("a"), new Cancellation()).close();
        pool.close();

        assertThat(stages.get(id("a")).closed).isTrue();
        assertThatThrownBy(() -> pool.lease(id("a"), new Cancellation()))
                .isInstanceOfSatisfying(
                        DarkroomException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_READY));
    }

    private static CheckpointId id(String name) {
        return new CheckpointId(new ModelName(name), Jobs.VERSION);
    }
}
