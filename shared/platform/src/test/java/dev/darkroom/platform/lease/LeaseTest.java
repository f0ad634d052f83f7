package dev.darkroom.platform.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.platform.Embedded;
import dev.darkroom.platform.objectstore.ObjectStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class LeaseTest {
    /** So long that no beat comes by itself while a test runs. */
    private static final Duration LONG = Duration.ofHours(1);

    private final AtomicLong here = new AtomicLong();
    private final AtomicLong there = new AtomicLong(1L << 50);
    private final String prefix = "leases/" + UUID.randomUUID() + "/";
    private ObjectStore store;
    private Leases first;
    private Leases second;

    @BeforeEach
    void opens() {
        store = Embedded.store("leases");
        first = new Leases(store, "first", LONG, here::get);
        second = new Leases(store, "second", LONG, there::get);
    }

    @AfterEach
    void closes() {
        store.close();
    }

    private Lease take(Leases leases) {
        return leases.tryAcquire(prefix).orElseThrow();
    }

    @Test
    void ofManyThatRaceOneHasIt() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<Optional<Lease>>> races = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                Leases racer = new Leases(store, "racer-" + i, LONG, here::get);
                races.add(threads.submit(() -> racer.tryAcquire(prefix)));
            }
            int holders = 0;
            for (Future<Optional<Lease>> race : races) {
                holders += race.get().isPresent() ? 1 : 0;
            }
            assertThat(holders).isOne();
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void isHadAtOnceWhenItWasLetGoOf() {
        Lease held = take(first);
        assertThat(second.tryAcquire(prefix)).isEmpty();

        held.close();

        assertThat(take(second).epoch()).isGreaterThan(held.epoch());
        assertThat(held.isHeld()).isFalse();
    }

    @Test
    void isHadByAnotherAfterASilenceOnItsOwnClock() {
        Lease dead = take(first);
        dead.abandon();
        assertThat(second.tryAcquire(prefix)).isEmpty();
        there.addAndGet(LONG.toNanos() - 1);
        assertThat(second.tryAcquire(prefix)).isEmpty();

        there.addAndGet(1);

        assertThat(take(second).epoch()).isEqualTo(dead.epoch() + 1);
        assertLost(dead);
    }

    @Test
    void everyBeatStartsTheSilenceAnew() {
        Lease alive = take(first);
        assertThat(second.tryAcquire(prefix)).isEmpty();
        there.addAndGet(LONG.toNanos());
        alive.requireHeld();

        assertThat(second.tryAcquire(prefix)).isEmpty();
        assertThat(alive.isHeld()).isTrue();
    }

    @Test
    void whoseTimeIsUpHasItNoMoreThoughNobodyTookIt() {
        Lease paused = take(first);

        here.addAndGet(LONG.toNanos());

        assertThat(paused.isHeld()).isFalse();
        assertLost(paused);
    }

    @Test
    void renewsByItself() {
        Leases quick = new Leases(store, "quick", Duration.ofMillis(400), System::nanoTime);
        try (Lease lease = quick.tryAcquire(prefix).orElseThrow()) {
            byte[] before = store.find(store.list(prefix).get(0)).orElseThrow();
            while (java.util.Arrays.equals(
                    before, store.find(store.list(prefix).get(0)).orElseThrow())) {
                Thread.onSpinWait();
            }
            assertThat(lease.epoch()).isOne();
        }
    }

    @Test
    void leavesOneObjectBehind() {
        for (int i = 0; i < 3; i++) {
            take(first).close();
        }
        assertThat(store.list(prefix)).hasSize(1);
    }

    private static void assertLost(Lease lease) {
        assertThatThrownBy(lease::requireHeld)
                .isInstanceOfSatisfying(
                        DarkroomException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.LOCK_LOST));
        assertThat(lease.isHeld()).isFalse();
    }
}
