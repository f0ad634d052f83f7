package dev.darkroom.standalone.benchmark;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.json.Json;
import dev.darkroom.standalone.client.PoolClient;
import dev.darkroom.standalone.client.PoolUnreachableException;
import dev.darkroom.standalone.home.DarkroomHome;
import dev.darkroom.standalone.home.PoolFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** The bundled model through the launcher, as a person meets it. */
final class BundledRun {
    private static final int WARM_UP_JOBS = 80;
    private static final int LONE_JOBS = 40;
    private static final int PICTURES = 16;
    private static final int JOBS = 4;

    private final Launcher launcher;
    private final Path home;
    private final Path out;
    private final Consumer<Measurement> results;

    /**
     * @param work an empty folder
     */
    BundledRun(Path root, Path work, Consumer<Measurement> results) {
        this.home = work.resolve("home");
        this.launcher = new Launcher(root, home);
        this.out = work.resolve("pictures");
        this.results = results;
    }

    void run() throws IOException, InterruptedException {
        results.accept(
                Measurement.of("command to first picture, new home", generate(1).seconds(), "s"));
        Run again = generate(1);
        results.accept(
                Measurement.of("command to first picture, home there", again.seconds(), "s"));
        again.peak()
                .ifPresent(
                        peak ->
                                results.accept(
                                        Measurement.of("peak RSS of that process", peak, "GB")));
        Process pool = launcher.start("up", "--port", "0");
        try {
            Launcher.awaitFirstLine(pool);
            generate(1);
            results.accept(
                    Measurement.of(
                            "command to first picture, pool up", generate(1).seconds(), "s"));
            results.accept(
                    Measurement.of(
                            "pictures a second, jobs of 16, pool up",
                            JOBS * PICTURES / jobSeconds(),
                            "1/s"));
            MixedJobs mixed = new MixedJobs(client());
            MixedJobs.Beside beside = mixed.besideTheLoop(WARM_UP_JOBS, LONE_JOBS);
            double alone = mixed.perSecond(1);
            double together = mixed.perSecond(MixedJobs.IN_FLIGHT);
            results.accept(Measurement.of("a lone job beside its UNet calls", beside.all(), "s"));
            results.accept(Measurement.of("  text encoder and decoder", beside.stages(), "s"));
            results.accept(Measurement.of("mixed jobs, one by one", alone, "1/s"));
            results.accept(Measurement.of("mixed jobs, 16 in flight", together, "1/s"));
            results.accept(Measurement.of("  times one by one", together / alone, "x"));
        } finally {
            pool.destroy();
            pool.waitFor();
        }
    }

    private PoolClient client() {
        return PoolFile.read(new DarkroomHome(home))
                .map(file -> new PoolClient(file.http(), Optional.empty()))
                .orElseThrow(() -> failed("the pool wrote no pool.json"));
    }

    /** From the first submit to the end of the last job. */
    private double jobSeconds() {
        PoolClient client = client();
        byte[] request = Json.write(Map.of("prompt", "a red sneaker", "count", PICTURES));
        try {
            List<JobId> jobs = new ArrayList<>();
            long begin = System.nanoTime();
            for (int i = 0; i < JOBS; i++) {
                jobs.add(new JobId(client.submit(request).path("id").asText()));
            }
            for (JobId job : jobs) {
                MixedJobs.awaitSuccess(client, job);
            }
            return (System.nanoTime() - begin) / 1e9;
        } catch (PoolUnreachableException e) {
            throw new DarkroomException(ErrorCode.INTERNAL, "the pool went away", e);
        }
    }

    /**
     * @param seconds from the command to its first line, which is a picture's path
     * @param peak RSS, GB, as last seen before the end
     */
    private record Run(double seconds, OptionalDouble peak) {}

    private Run generate(int count) throws IOException, InterruptedException {
        long begin = System.nanoTime();
        Process process =
                launcher.start(
                        "generate", "a red sneaker", "-n", "" + count, "--out", out.toString());
        Launcher.awaitFirstLine(process);
        double seconds = (System.nanoTime() - begin) / 1e9;
        OptionalDouble peak = peak(process);
        if (process.waitFor() != 0) {
            throw failed("generate ended with " + process.exitValue());
        }
        return new Run(seconds, peak);
    }

    /** Of the launcher and of what it starts, the largest. */
    private static OptionalDouble peak(Process process) {
        return Stream.concat(Stream.of(process.toHandle()), process.descendants())
                .map(handle -> ResidentMemory.peak(handle.pid()))
                .filter(OptionalDouble::isPresent)
                .mapToDouble(OptionalDouble::getAsDouble)
                .max();
    }

    private static DarkroomException failed(String why) {
        return new DarkroomException(ErrorCode.INTERNAL, why);
    }
}
