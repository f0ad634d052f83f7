package dev.darkroom.standalone.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.error.ErrorCode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Jobs end exactly once whatever happens to workers, broker and store, and whether they are done,
 * fail, are cancelled or expire. By default every stage sees a worker killed, every other fault
 * happens once, and two jobs are begun again under another version; {@code -Dchaos.faults=100
 * -Dchaos.jobs=500} is the long form, {@code -Dchaos.seed=N} another order.
 *
 * <p>What it does not show: a broker or store of several machines that lose some of them; a disk
 * that loses what was written before it was full, as when a machine loses its power; a worker whose
 * disk is full while it runs and loads nothing, for it writes nothing then but its log.
 */
class ChaosTest {
    private static final int FAULTS =
            Integer.getInteger("chaos.faults", Stage.values().length + Fault.values().length);
    private static final int JOBS = Integer.getInteger("chaos.jobs", 60);
    private static final long SEED = Long.getLong("chaos.seed", 1);

    /** Where a killed worker's job is cancelled first: it runs, has pictures, has succeeded. */
    private static final Set<Stage> CANCELLED =
            EnumSet.of(Stage.LOOP, Stage.PICTURES, Stage.OUTCOME);

    @TempDir private Path folder;

    private record Event(Stage stage, Fault fault, Before before) {}

    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "Needs prlimit and SIGSTOP.")
    void everyJobEndsExactlyOnceWhateverHappens() throws Exception {
        List<Event> events = events(new Random(SEED));
        try (ChaosRun run = new ChaosRun(folder, SEED)) {
            for (Event event : events) {
                run.happen(event.stage(), event.fault(), event.before());
            }
            Report report = run.end(JOBS);
            System.out.printf("%n%s%n%n", report);
            assertThat(report.lost()).as("seed %d", SEED).isEmpty();
            assertThat(report.twice()).as("seed %d", SEED).isEmpty();
            assertThat(report.violations()).as("seed %d", SEED).isEmpty();
            assertThat(report.ends())
                    .containsOnlyKeys(
                            "succeeded",
                            "failed " + ErrorCode.UNKNOWN_MODEL,
                            "failed " + ErrorCode.CORRUPT_CHECKPOINT,
                            "cancelled",
                            "expired");
            assertThat(report.cancelled()).containsOnlyKeys(Canceller.Moment.values());
            assertThat(report.made()).hasSize(2);
            assertThat(report.beside()).isPositive();
            assertThat(report.redeliveries()).isNotEmpty();
        }
    }

    /** Kills at every stage first, then every other fault, then whatever comes. */
    private static List<Event> events(Random random) {
        List<Stage> stages = List.of(Stage.values());
        List<Event> events = new ArrayList<>();
        for (Stage stage : stages) {
            boolean cancelled = CANCELLED.contains(stage);
            events.add(new Event(stage, Fault.KILL, cancelled ? Before.CANCELLED : Before.NOTHING));
        }
        events.add(new Event(Stage.PICTURES, Fault.KILL, Before.PROMOTED));
        events.add(new Event(Stage.PICTURES, Fault.PAUSE, Before.PROMOTED));
        for (Fault fault : Fault.values()) {
            if (fault != Fault.KILL && fault != Fault.PAUSE) {
                Stage stage = stages.get(random.nextInt(stages.size()));
                events.add(new Event(stage, fault, before(random)));
            }
        }
        List<Event> all = new ArrayList<>();
        while (events.size() < FAULTS) {
            if (all.isEmpty()) {
                for (Stage stage : Stage.values()) {
                    Arrays.stream(Fault.values())
                            .map(it -> new Event(stage, it, any(random)))
                            .forEach(all::add);
                }
                Collections.shuffle(all, random);
            }
            events.add(all.remove(all.size() - 1));
        }
        return events.subList(0, FAULTS);
    }

    private static Before before(Random random) {
        return random.nextInt(3) == 0 ? Before.CANCELLED : Before.NOTHING;
    }

    private static Before any(Random random) {
        return random.nextInt(6) == 0 ? Before.PROMOTED : before(random);
    }
}
