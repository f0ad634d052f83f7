package dev.darkroom.producer.status;

import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.job.GenerationRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * How fast the pool is, from the jobs that it finished lately.
 *
 * <p>A job's work is steps times pictures times pixels. Of each model it is known how long a unit
 * of work took from start to success; and how many jobs ran at once on average while any ran. The
 * wait behind others is then their time divided by that number. Only the times of events are used,
 * so that a restart that reads them again comes to the same.
 */
final class Throughput {
    private static final int REMEMBERED = 256;

    /** Before the last success: what the pool did long ago says little. */
    private static final Duration WINDOW = Duration.ofMinutes(30);

    private final Deque<Run> runs = new ArrayDeque<>();

    private record Run(Optional<ModelName> model, Instant start, Instant end, double work) {
        double seconds() {
            return Duration.between(start, end).toNanos() / 1e9;
        }
    }

    /** A job that succeeded. */
    synchronized void ran(GenerationRequest request, Instant start, Instant end) {
        OptionalDouble work = request.work();
        if (!start.isBefore(end) || work.isEmpty()) {
            return;
        }
        runs.addLast(new Run(request.model(), start, end, work.getAsDouble()));
        if (runs.size() > REMEMBERED) {
            runs.removeFirst();
        }
    }

    /** A snapshot, or nothing where nothing ran. */
    synchronized Optional<Speed> measure() {
        Optional<Instant> last = runs.stream().map(Run::end).max(Comparator.naturalOrder());
        return last.map(
                end ->
                        speed(
                                runs.stream()
                                        .filter(run -> run.end().isAfter(end.minus(WINDOW)))
                                        .toList()));
    }

    private static Speed speed(List<Run> recent) {
        Map<ModelName, double[]> sums = new HashMap<>();
        double[] all = new double[2];
        for (Run run : recent) {
            add(all, run);
            run.model()
                    .ifPresent(
                            model -> add(sums.computeIfAbsent(model, any -> new double[2]), run));
        }
        Map<ModelName, Double> perUnit = new HashMap<>();
        sums.forEach((model, sum) -> perUnit.put(model, sum[0] / sum[1]));
        return new Speed(
                perUnit, all[0] / all[1], all[0] / recent.size(), all[0] / busySeconds(recent));
    }

    private static void add(double[] sum, Run run) {
        sum[0] += run.seconds();
        sum[1] += run.work();
    }

    /** How long any of them ran. */
    private static double busySeconds(List<Run> recent) {
        List<Run> ordered = new ArrayList<>(recent);
        ordered.sort(Comparator.comparing(Run::start));
        Duration busy = Duration.ZERO;
        Instant until = Instant.MIN;
        for (Run run : ordered) {
            Instant from = run.start().isAfter(until) ? run.start() : until;
            if (run.end().isAfter(from)) {
                busy = busy.plus(Duration.between(from, run.end()));
                until = run.end();
            }
        }
        return busy.toNanos() / 1e9;
    }

    /**
     * @param secondsPerUnit of each model
     * @param anySecondsPerUnit over all, for a model of which nothing is known
     * @param secondsPerJob on average
     * @param atOnce jobs that ran at once, on average, while any ran; at least 1
     */
    record Speed(
            Map<ModelName, Double> secondsPerUnit,
            double anySecondsPerUnit,
            double secondsPerJob,
            double atOnce) {
        /** What a job takes from its start. */
        double seconds(Optional<GenerationRequest> request) {
            OptionalDouble work =
                    request.map(GenerationRequest::work).orElse(OptionalDouble.empty());
            if (work.isEmpty()) {
                return secondsPerJob;
            }
            double unit =
                    request.flatMap(GenerationRequest::model)
                            .map(model -> secondsPerUnit.getOrDefault(model, anySecondsPerUnit))
                            .orElse(anySecondsPerUnit);
            return unit * work.getAsDouble();
        }
    }
}
