package dev.darkroom.standalone.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Jobs end exactly once whatever happens to workers, broker and store. By default every stage sees
 * a worker killed, and every other fault happens once; {@code -Dchaos.faults=100 -Dchaos.jobs=500}
 * is the long form, {@code -Dchaos.seed=N} another order.
 */
class ChaosTest {
    private static final int FAULTS = Integer.getInteger("chaos.faults", 13);
    private static final int JOBS = Integer.getInteger("chaos.jobs", 60);
    private static final long SEED = Long.getLong("chaos.seed", 1);

    @TempDir private Path folder;

    private record Event(Stage stage, Fault fault) {}

    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "Needs prlimit and SIGSTOP.")
    void everyJobEndsExactlyOnceWhateverHappens() throws Exception {
        List<Event> events = events(new Random(SEED));
        try (ChaosRun run = new ChaosRun(folder, SEED)) {
            for (Event event : events) {
                run.happen(event.stage(), event.fault());
            }
            ChaosRun.Report report = run.end(JOBS);
            print(report);
            assertThat(report.lost()).as("seed %d", SEED).isEmpty();
            assertThat(report.violations()).as("seed %d", SEED).isEmpty();
        }
    }

    /** Kills at every stage first, then every other fault, then whatever comes. */
    private static List<Event> events(Random random) {
        List<Stage> stages = List.of(Stage.values());
        List<Event> events = new ArrayList<>();
        for (Stage stage : stages) {
            events.add(new Event(stage, Fault.KILL));
        }
        for (Fault fault : Fault.values()) {
            if (fault != Fault.KILL) {
                events.add(new Event(stages.get(random.nextInt(stages.size())), fault));
            }
        }
        List<Event> all = new ArrayList<>();
        while (events.size() < FAULTS) {
            if (all.isEmpty()) {
                for (Stage stage : Stage.values()) {
                    Arrays.stream(Fault.values()).map(it -> new Event(stage, it)).forEach(all::add);
                }
                Collections.shuffle(all, random);
            }
            events.add(all.remove(all.size() - 1));
        }
        return events.subList(0, FAULTS);
    }

    private static void print(ChaosRun.Report report) {
        List<Duration> times = report.redeliveries();
        System.out.printf(
                Locale.ROOT,
                "%nfaults %d, jobs %d, lost %d, violations %d; from death or pause to redelivery:"
                        + " %d jobs, median %.1f s, longest %.1f s%n%n",
                report.faults(),
                report.jobs(),
                report.lost().size(),
                report.violations().size(),
                times.size(),
                times.isEmpty() ? 0 : times.get(times.size() / 2).toMillis() / 1e3,
                times.isEmpty() ? 0 : times.get(times.size() - 1).toMillis() / 1e3);
    }
}
