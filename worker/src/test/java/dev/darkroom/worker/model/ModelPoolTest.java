package dev.darkroom.worker.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.worker.FakeStages;
import dev.darkroom.worker.Jobs;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ModelPoolTest {
    private final Map<CheckpointId, FakeStages> stages = new ConcurrentHashMap<>();
    private final AtomicInteger loads = new AtomicInteger();
    private final ModelPool pool = new ModelPool(this::load, 2);

    private LoadedModel load(CheckpointId id) {
        loads.incrementAndGet();
        FakeStages made = new FakeStages();
        stages.put(id, made);
        return made.model(id);
    }

    @Test
    void loadsOnceAndKeepsServing() {
        pool.lease(id("a")).close();
        try (ModelPool.Lease lease = pool.lease(id("a"))) {
            assertThat(lease.model().id()).isEqualTo(id("a"));
        }

        assertThat(loads).hasValue(1);
        assertThat(stages.get(id("a")).closed).isFalse();
    }

    @Test
    void leastRecentlyUsedGoesFirst() {
        pool.lease(id("a")).close();
        pool.lease(id("b")).close();
        pool.lease(id("a")).close();
        pool.lease(id("c")).close();

        assertThat(pool.loaded()).containsExactly(id("a"), id("c"));
        assertThat(stages.get(id("b")).closed).isTrue();
    }

    @Test
    void neverClosesAModelInUse() {
        ModelPool.Lease a = pool.lease(id("a"));
        ModelPool.Lease b = pool.lease(id("b"));
        ModelPool.Lease c = pool.lease(id("c"));

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
    void closingALeaseTwiceCountsOnce() {
        ModelPool.Lease first = pool.lease(id("a"));
        ModelPool.Lease second = pool.lease(id("a"));
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
                        id -> {
                            if (tries.incrementAndGet() == 1) {
                                throw new DarkroomException(ErrorCode.STORE_UNAVAILABLE, "away");
                            }
                            return load(id);
                        },
                        1);

        assertThatThrownBy(() -> failing.lease(id("a")))
                .isInstanceOfSatisfying(
                        DarkroomException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE));
        assertThat(failing.loaded()).isEmpty();
        failing.lease(id("a")).close();
        assertThat(failing.loaded()).containsExactly(id("a"));
    }

    @Test
    void manyWaitForOneLoad() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        ModelPool slow =
                new ModelPool(
                        id -> {
                            try {
                                go.await();
                            } catch (InterruptedException e) {
                                throw new IllegalStateException(e);
                            }
                            return load(id);
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
                                                                slow.lease(id("a"))) {
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
        pool.lease(id("a")).close();
        pool.lease(id("b")).close();
        stages.get(id("a")).beforeClose =
                () -> {
                    throw new IllegalStateException("freed before");
                };

        try (ModelPool.Lease lease = pool.lease(id("c"))) {
            assertThat(lease.model().id()).isEqualTo(id("c"));
        }
        assertThat(pool.loaded()).containsExactly(id("b"), id("c"));
    }

    @Test
    void closedPoolGivesNoLease() {
        pool.lease(id("a")).close();
        pool.close();

        assertThat(stages.get(id("a")).closed).isTrue();
        assertThatThrownBy(() -> pool.lease(id("a")))
                .isInstanceOfSatisfying(
                        DarkroomException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_READY));
    }

    private static CheckpointId id(String name) {
        return new CheckpointId(new ModelName(name), Jobs.VERSION);
    }
}
