package dev.darkroom.worker.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.checkpoint.Promotion;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.CheckpointEvent;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.worker.Await;
import dev.darkroom.worker.FakeStages;
import dev.darkroom.worker.Jobs;
import dev.darkroom.worker.life.Cancellation;
import dev.darkroom.worker.life.Pulse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Swaps with stages that compute nothing, in a pool that keeps one model unless it is used. */
class SwapperTest {
    private static final CheckpointId OLD = id(1);
    private static final CheckpointId NEW = id(2);
    private static final CheckpointId TRIAL = id(3);

    private final Map<ModelName, Promotion> promotions = new ConcurrentHashMap<>();
    private final Map<CheckpointId, DarkroomException> broken = new ConcurrentHashMap<>();
    private final Map<CheckpointId, FakeStages> stages = new ConcurrentHashMap<>();
    private final Map<CheckpointId, AtomicInteger> loads = new ConcurrentHashMap<>();
    private final List<CheckpointEvent> events = new CopyOnWriteArrayList<>();
    private volatile boolean brokerAway;
    private volatile Runnable whileLoading = () -> {};
    private final ModelPool pool = new ModelPool(this::load, 1);
    private final Swapper swapper =
            new Swapper(
                    new FakeCheckpoints(),
                    pool,
                    this::tell,
                    new Swapper.Settings(
                            "worker-1", Clock.systemUTC(), failures -> Duration.ofMillis(5)));
    private final ServedModels served = swapper.served();

    @AfterEach
    void stops() {
        swapper.close();
        pool.close();
    }

    @Test
    void jobsBeginWithWhatIsPromoted() {
        starts(OLD);

        promote(NEW);

        Await.until(() -> serves(NEW));
        assertThat(begin(Optional.empty())).isEqualTo(NEW);
        assertThat(pool.loaded()).containsExactly(NEW);
        Await.until(() -> stages.get(OLD).closed);
        Await.until(() -> events.size() == 2);
        assertThat(events.get(1))
                .isInstanceOfSatisfying(
                        CheckpointEvent.Swapped.class,
                        event -> {
                            assertThat(event.checkpoint()).isEqualTo(NEW);
                            assertThat(event.previous()).contains(OLD.version());
                            assertThat(event.worker()).isEqualTo("worker-1");
                        });
    }

    @Test
    void jobsDoNotWaitForALoad() {
        starts(OLD);
        List<CheckpointId> begun = new CopyOnWriteArrayList<>();
        whileLoading = () -> begun.add(begin(Optional.empty()));

        promote(NEW);

        Await.until(() -> serves(NEW));
        assertThat(begun).containsExactly(OLD);
        assertThat(loads.get(OLD)).hasValue(1);
    }

    /** What TensorFlow starts with the first model serves all jobs: it must not give way. */
    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "Only on Linux has a thread a niceness.")
    void loadsGiveWayToJobsOnceAModelIsThere() {
        List<Integer> niceness = new CopyOnWriteArrayList<>();
        whileLoading = () -> niceness.add(nicenessOfThisThread());
        int usual = nicenessOfThisThread();

        starts(OLD);
        promote(NEW);
        Await.until(() -> serves(NEW));
        promote(TRIAL);
        Await.until(() -> serves(TRIAL));

        assertThat(usual).isLessThan(19);
        assertThat(niceness).containsExactly(usual, 19, 19);
        assertThat(nicenessOfThisThread()).isEqualTo(usual);
    }

    /** The nineteenth field of proc_pid_stat(5); the second is a name that may have spaces. */
    private static int nicenessOfThisThread() {
        try {
            String stat = Files.readString(Path.of("/proc/thread-self/stat"));
            return Integer.parseInt(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[16]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A stage that is used after it was closed throws, and a load would take the job's time. */
    @Test
    void fiftySwapsUnderLoadHurtNoJob() throws Exception {
        starts(OLD);
        AtomicBoolean done = new AtomicBoolean();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<Integer>> slots = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                slots.add(threads.submit(() -> runJobs(done)));
            }
            for (int swap = 1; swap <= 50; swap++) {
                CheckpointId next = swap % 2 == 1 ? NEW : OLD;
                promotions.put(Jobs.MODEL, Promotion.of(next, Instant.ofEpochSecond(swap)));
                swapper.look(Jobs.MODEL);
                Await.until(() -> serves(next));
            }
            done.set(true);
            for (Future<Integer> slot : slots) {
                assertThat(slot.get()).isPositive();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(loads.get(OLD).get() + loads.get(NEW).get()).isEqualTo(51);
        Await.until(() -> pool.loaded().equals(List.of(OLD)));
    }

    private int runJobs(AtomicBoolean done) {
        int jobs = 0;
        for (; !done.get(); jobs++) {
            try (ServedModels.Reservation reserved = reserve(Optional.empty())) {
                LoadedModel model = reserved.model(new Cancellation());
                assertThat(model.id()).isEqualTo(reserved.checkpoint());
                model.textEncoder().encode(new int[1][8]);
            }
        }
        return jobs;
    }

    @Test
    void jobInFlightKeepsItsModelOpen() {
        starts(OLD);
        try (ServedModels.Reservation running = reserve(Optional.empty())) {
            assertThat(running.model(new Cancellation()).id()).isEqualTo(OLD);
            promote(NEW);
            Await.until(() -> serves(NEW));
            assertThat(pool.loaded()).containsExactly(NEW);
            assertThat(stages.get(OLD).closed).isFalse();
            // Who insists on it shares it.
            assertThat(begin(Optional.of(OLD.version()))).isEqualTo(OLD);
            assertThat(loads.get(OLD)).hasValue(1);
        }
        assertThat(stages.get(OLD).closed).isTrue();
    }

    @ParameterizedTest
    @EnumSource(names = {"CORRUPT_CHECKPOINT", "UNKNOWN_MODEL", "INTERNAL"})
    void whatIsBrokenIsRefusedOnceAndTheOldServesOn(ErrorCode code) {
        starts(OLD);
        broken.put(NEW, new DarkroomException(code, "spoiled"));

        promote(NEW);

        Await.until(() -> events.size() == 2);
        assertThat(events.get(1))
                .isInstanceOfSatisfying(
                        CheckpointEvent.Refused.class,
                        event -> {
                            assertThat(event.checkpoint()).isEqualTo(NEW);
                            assertThat(event.code()).isEqualTo(code);
                            assertThat(event.message()).contains("spoiled");
                        });
        assertThat(begin(Optional.empty())).isEqualTo(OLD);
        swapper.bring(Jobs.MODEL);
        assertThat(loads.get(NEW)).hasValue(1);

        broken.clear();
        promote(NEW);
        Await.until(() -> serves(NEW));
        assertThat(loads.get(OLD)).hasValue(1);
    }

    @ParameterizedTest
    @EnumSource(
            names = {
                "STORE_UNAVAILABLE",
                "QUEUE_UNAVAILABLE",
                "RESOURCE_EXHAUSTED",
                "MISCONFIGURED"
            })
    void whatPassesIsTriedAgain(ErrorCode code) {
        starts(OLD);
        broken.put(NEW, new DarkroomException(code, "away"));
        promote(NEW);
        Await.until(() -> loads.containsKey(NEW) && loads.get(NEW).get() > 2);
        assertThat(begin(Optional.empty())).isEqualTo(OLD);

        broken.clear();

        Await.until(() -> serves(NEW));
        Await.until(() -> events.size() == 2);
        assertThat(events.get(1)).isInstanceOf(CheckpointEvent.Swapped.class);
    }

    @Test
    void eventIsToldWhenTheBrokerIsBack() {
        starts(OLD);
        brokerAway = true;
        promote(NEW);
        Await.until(() -> serves(NEW));
        assertThat(events).hasSize(1);

        brokerAway = false;

        Await.until(() -> events.size() == 2);
    }

    @Test
    void canaryGetsItsJobsUntilItIsPromoted() {
        starts(OLD);
        trial(OLD, TRIAL, 50);
        Await.until(() -> serving().canary().isPresent());
        Promotion standing = serving();
        for (int i = 0; i < 50; i++) {
            JobId job = JobId.of(new UUID(i, i));
            try (ServedModels.Reservation reserved =
                    served.reserve(Jobs.MODEL, Optional.empty(), job, new Cancellation())) {
                assertThat(reserved.model(new Cancellation()).id()).isEqualTo(standing.choose(job));
            }
        }

        promote(TRIAL);

        Await.until(() -> serves(TRIAL));
        Await.until(() -> stages.get(OLD).closed);
        assertThat(stages.get(TRIAL).closed).isFalse();
    }

    @Test
    void canaryThatIsBrokenIsLeftOut() {
        starts(OLD);
        broken.put(TRIAL, new DarkroomException(ErrorCode.CORRUPT_CHECKPOINT, "spoiled"));
        trial(NEW, TRIAL, 50);

        Await.until(() -> events.size() == 3);

        assertThat(events.subList(1, 3))
                .extracting(event -> event.type() + " " + event.version())
                .containsExactly("swapped " + NEW.version(), "refused " + TRIAL.version());
        assertThat(serving().canary()).isEmpty();
        assertThat(begin(Optional.empty())).isEqualTo(NEW);
    }

    @Test
    void pinnedJobGetsItsVersion() {
        starts(OLD);
        promote(NEW);
        Await.until(() -> serves(NEW));

        assertThat(begin(Optional.of(OLD.version()))).isEqualTo(OLD);
        assertThat(begin(Optional.empty())).isEqualTo(NEW);
    }

    @Test
    void whereNothingServesARefusalIsTold() {
        broken.put(NEW, new DarkroomException(ErrorCode.CORRUPT_CHECKPOINT, "spoiled"));
        promotions.put(Jobs.MODEL, Promotion.of(NEW, Instant.EPOCH));
        swapper.start();
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> swapper.bring(Jobs.MODEL)).hasMessage("spoiled");
        }
        Await.until(() -> events.size() == 1);
        assertThat(loads.get(NEW)).hasValue(1);
    }

    @Test
    void modelThatAJobBringsInIsFollowedFromThen() {
        swapper.start();
        promotions.put(Jobs.MODEL, Promotion.of(OLD, Instant.EPOCH));
        whileLoading =
                () -> {
                    whileLoading = () -> {};
                    promote(NEW);
                };

        assertThat(begin(Optional.empty())).isIn(OLD, NEW);

        Await.until(() -> serves(NEW));
        assertThat(loads.get(OLD)).hasValue(1);
    }

    @Test
    void whereThePromotedIsBrokenFromTheStartTheLatestThatWorksServes() {
        broken.put(NEW, new DarkroomException(ErrorCode.CORRUPT_CHECKPOINT, "spoiled"));
        broken.put(TRIAL, new DarkroomException(ErrorCode.CORRUPT_CHECKPOINT, "spoiled too"));
        promotions.put(
                Jobs.MODEL,
                Promotion.of(OLD, Instant.EPOCH)
                        .followedBy(TRIAL.version(), Instant.EPOCH)
                        .followedBy(NEW.version(), Instant.EPOCH));
        swapper.start();

        assertThat(begin(Optional.empty())).isEqualTo(OLD);

        Await.until(() -> events.size() == 3);
        assertThat(events)
                .extracting(event -> event.type() + " " + event.version())
                .containsExactly(
                        "refused " + NEW.version(),
                        "refused " + TRIAL.version(),
                        "swapped " + OLD.version());
        swapper.bring(Jobs.MODEL);
        assertThat(loads.values()).allSatisfy(count -> assertThat(count).hasValue(1));

        broken.clear();
        promote(NEW);
        Await.until(() -> serves(NEW));
        assertThat(stages.get(OLD).closed).isTrue();
    }

    @Test
    void wayBackThatIsOutOfReachIsTriedAgain() {
        broken.put(NEW, new DarkroomException(ErrorCode.CORRUPT_CHECKPOINT, "spoiled"));
        broken.put(OLD, new DarkroomException(ErrorCode.STORE_UNAVAILABLE, "away"));
        promotions.put(
                Jobs.MODEL,
                Promotion.of(OLD, Instant.EPOCH).followedBy(NEW.version(), Instant.EPOCH));
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> swapper.bring(Jobs.MODEL)).hasMessage("away");
        }

        broken.remove(OLD);
        swapper.bring(Jobs.MODEL);

        assertThat(begin(Optional.empty())).isEqualTo(OLD);
        assertThat(loads.get(NEW)).hasValue(1);
    }

    @Test
    void withdrawnModelIsUnknown() {
        starts(OLD);
        promotions.clear();
        swapper.look(Jobs.MODEL);

        Await.until(() -> served.serving(Jobs.MODEL).isEmpty());
        assertThatThrownBy(() -> reserve(Optional.empty()))
                .isInstanceOfSatisfying(
                        DarkroomException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.UNKNOWN_MODEL));
        assertThat(stages.get(OLD).closed).isTrue();
    }

    private void starts(CheckpointId checkpoint) {
        promotions.put(Jobs.MODEL, Promotion.of(checkpoint, Instant.EPOCH));
        swapper.bring(Jobs.MODEL);
        swapper.start();
        Await.until(() -> events.size() == 1);
    }

    private void promote(CheckpointId checkpoint) {
        promotions.put(
                Jobs.MODEL, Promotion.of(checkpoint, Instant.ofEpochSecond(loads.size() + 1L)));
        swapper.look(Jobs.MODEL);
    }

    private void trial(CheckpointId base, CheckpointId trial, int percent) {
        promotions.put(
                Jobs.MODEL,
                new Promotion(
                        Jobs.MODEL,
                        base.version(),
                        Instant.EPOCH,
                        Optional.of(new Promotion.Canary(trial.version(), percent))));
        swapper.look(Jobs.MODEL);
    }

    private Promotion serving() {
        return served.serving(Jobs.MODEL).orElseThrow();
    }

    private boolean serves(CheckpointId checkpoint) {
        return serving().equals(promotions.get(Jobs.MODEL)) && serving().id().equals(checkpoint);
    }

    private ServedModels.Reservation reserve(Optional<CheckpointVersion> pinned) {
        return served.reserve(Jobs.MODEL, pinned, Jobs.ID, new Cancellation());
    }

    private CheckpointId begin(Optional<CheckpointVersion> pinned) {
        try (ServedModels.Reservation reserved = reserve(pinned)) {
            assertThat(reserved.model(new Cancellation()).id()).isEqualTo(reserved.checkpoint());
            return reserved.checkpoint();
        }
    }

    private LoadedModel load(CheckpointId checkpoint, Pulse pulse) {
        loads.computeIfAbsent(checkpoint, any -> new AtomicInteger()).incrementAndGet();
        whileLoading.run();
        DarkroomException why = broken.get(checkpoint);
        if (why != null) {
            throw why;
        }
        FakeStages made = new FakeStages();
        stages.put(checkpoint, made);
        return made.model(checkpoint);
    }

    private void tell(CheckpointEvent event) {
        if (brokerAway) {
            throw new DarkroomException(ErrorCode.QUEUE_UNAVAILABLE, "away");
        }
        events.add(event);
    }

    private static CheckpointId id(int number) {
        return new CheckpointId(Jobs.MODEL, new CheckpointVersion(String.format("%012x", number)));
    }

    private final class FakeCheckpoints implements Checkpoints {
        @Override
        public Optional<Promotion> promotion(ModelName model) {
            return Optional.ofNullable(promotions.get(model));
        }

        @Override
        public boolean isPublished(CheckpointId checkpoint) {
            return true;
        }

        @Override
        public CheckpointConfiguration configuration(CheckpointId checkpoint) {
            return FakeStages.configuration();
        }
    }
}
