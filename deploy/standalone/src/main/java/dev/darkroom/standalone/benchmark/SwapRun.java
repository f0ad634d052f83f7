package dev.darkroom.standalone.benchmark;

import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.CheckpointEvent;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.ResultManifest;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.platform.objectstore.MinioObjectStore;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.platform.registry.CheckpointRegistry;
import dev.darkroom.standalone.client.PoolClient;
import dev.darkroom.standalone.client.PoolUnreachableException;
import dev.darkroom.standalone.home.DarkroomHome;
import dev.darkroom.standalone.home.PoolFile;
import dev.darkroom.standalone.pool.CheckpointImport;
import dev.darkroom.standalone.pool.Services;
import dev.darkroom.trainer.importing.ImportOptions;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import javax.imageio.ImageIO;

/**
 * Swaps checkpoints under a pool that is making pictures all the while, and looks at each of them:
 * the version that its manifest names must have made it.
 */
final class SwapRun {
    private static final ModelName MODEL = new ModelName("fashion-sd");
    private static final int SEEDS = 4;
    private static final int OPEN_JOBS = 3;
    private static final int COLD_JOBS = 10;
    private static final int JOBS_BETWEEN_SWAPS = 4;
    private static final int JOBS_A_SWAP_TOUCHES = 7;
    private static final int FEW_SWAPS = 2;
    private static final int MOST_GREY_LEVELS = 1;

    /** How much longer than the slowest else a job may take while a checkpoint is swapped. */
    private static final double MOST_TIMES = 1.5;

    private static final long PATIENCE_SECONDS = 120;

    private final Path root;
    private final Path work;
    private final Consumer<Measurement> results;
    private final List<JobId> jobs = new ArrayList<>();
    private final List<JobId> open = new ArrayList<>();
    private final List<ObservedJobs.Swap> swaps = new ArrayList<>();
    private final Map<String, int[]> expected = new HashMap<>();

    /**
     * @param root the checkout
     * @param work an empty folder
     */
    SwapRun(Path root, Path work, Consumer<Measurement> results) {
        this.root = root;
        this.work = work;
        this.results = results;
    }

    void run(int count) throws IOException, InterruptedException {
        DarkroomHome home = new DarkroomHome(work.resolve("swap-home"));
        Process pool = new Launcher(root, home.root()).start("up", "--port", "0");
        try {
            Launcher.awaitFirstLine(pool);
            PoolFile file = PoolFile.read(home).orElseThrow(() -> failed("no pool.json"));
            try (Services services = Services.open(home);
                    ObjectStore store = new MinioObjectStore(services.settings().store());
                    CheckpointRegistry registry =
                            new CheckpointRegistry(store, services.settings().kafka());
                    ObservedJobs observed = new ObservedJobs(services.settings().kafka())) {
                registry.start();
                List<CheckpointId> versions = versions(services, registry);
                run(count, versions, new Bench(file, store, registry, observed));
            }
        } catch (PoolUnreachableException e) {
            throw new DarkroomException(ErrorCode.INTERNAL, "the pool went away", e);
        } finally {
            pool.destroy();
            pool.waitFor();
        }
    }

    private record Bench(
            PoolFile file, ObjectStore store, CheckpointRegistry registry, ObservedJobs observed) {
        PoolClient client() {
            return new PoolClient(file.http(), Optional.empty());
        }
    }

    private List<CheckpointId> versions(Services services, CheckpointRegistry registry)
            throws IOException {
        List<CheckpointId> versions = new ArrayList<>();
        versions.add(registry.promoted(MODEL).orElseThrow(() -> failed("nothing is promoted")));
        try (CheckpointImport imports = CheckpointImport.open(services.settings(), work)) {
            for (int channel = 0; channel < 2; channel++) {
                Path source = work.resolve("tinted-" + channel);
                TintedModel.write(root.resolve("deploy/models/" + MODEL), channel, source);
                versions.add(
                        imports.run(source, MODEL, ImportOptions.NONE, false, (done, total) -> {})
                                .id());
            }
        }
        return versions;
    }

    private void run(int count, List<CheckpointId> versions, Bench bench)
            throws IOException, InterruptedException, PoolUnreachableException {
        expect(versions, bench);
        // Before and after, as many as the swaps will touch: of more jobs the slowest is slower.
        int usualJobs = JOBS_A_SWAP_TOUCHES * count / 2;
        await(bench, () -> jobs.size() >= COLD_JOBS + usualJobs);
        OptionalDouble afterFew = OptionalDouble.empty();
        for (int i = 1; i <= count; i++) {
            CheckpointId next = versions.get(i % versions.size());
            int before = bench.observed().swaps(next).size();
            int jobsThen = jobs.size() + JOBS_BETWEEN_SWAPS;
            bench.registry().promote(next);
            await(bench, () -> bench.observed().swaps(next).size() > before);
            CheckpointEvent.Swapped event = bench.observed().swaps(next).get(before);
            swaps.add(
                    new ObservedJobs.Swap(
                            event.at().minusMillis(event.milliseconds()), event.at()));
            await(bench, () -> jobs.size() >= jobsThen);
            if (i == FEW_SWAPS) {
                afterFew = ResidentMemory.now(bench.file().pid());
            }
        }
        OptionalDouble afterAll = ResidentMemory.now(bench.file().pid());
        int all = jobs.size() + usualJobs;
        await(bench, () -> jobs.size() >= all);
        for (JobId job : jobs) {
            await(() -> bench.observed().hasEnded(job));
        }
        report(versions, bench);
        if (afterFew.isPresent() && afterAll.isPresent()) {
            tell("RSS after " + FEW_SWAPS + " swaps", afterFew.getAsDouble(), "GB");
            tell("RSS after " + count + " swaps", afterAll.getAsDouble(), "GB");
            tell("  times that", afterAll.getAsDouble() / afterFew.getAsDouble(), "x");
        }
    }

    /** What each version makes when nothing is swapped. */
    private void expect(List<CheckpointId> versions, Bench bench)
            throws IOException, InterruptedException, PoolUnreachableException {
        for (CheckpointId version : versions) {
            for (int seed = 0; seed < SEEDS; seed++) {
                Map<String, Object> request = new HashMap<>(request(seed));
                request.put("version", version.version().value());
                JobId job = submit(bench, request);
                await(() -> bench.observed().hasEnded(job));
                expected.put(version.version() + " " + seed, pixels(bench, result(bench, job)));
            }
        }
    }

    private static Map<String, Object> request(long seed) {
        return Map.of("prompt", "a red sneaker", "seed", seed);
    }

    private static JobId submit(Bench bench, Map<String, Object> request)
            throws PoolUnreachableException {
        return new JobId(bench.client().submit(Json.write(request)).path("id").asText());
    }

    /** Waits, and keeps some jobs in the pool meanwhile. */
    private void await(Bench bench, BooleanSupplier condition)
            throws InterruptedException, PoolUnreachableException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.getAsBoolean()) {
            open.removeIf(bench.observed()::hasEnded);
            while (open.size() < OPEN_JOBS) {
                JobId job = submit(bench, request(jobs.size() % SEEDS));
                jobs.add(job);
                open.add(job);
            }
            pause(end);
        }
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.getAsBoolean()) {
            pause(end);
        }
    }

    private static void pause(long end) throws InterruptedException {
        if (System.nanoTime() > end) {
            throw failed("the pool did not go on for " + PATIENCE_SECONDS + " s");
        }
        TimeUnit.MILLISECONDS.sleep(5);
    }

    private void report(List<CheckpointId> versions, Bench bench) throws IOException {
        int mixedUp = 0;
        List<ObservedJobs.Job> done = bench.observed().succeeded(jobs);
        for (ObservedJobs.Job job : done) {
            mixedUp += isOfItsVersion(versions, bench, job.id()) ? 0 : 1;
        }
        List<Double> usual = new ArrayList<>();
        List<Double> during = new ArrayList<>();
        // The first jobs wait for a load and warm the compiler: they are not what is usual.
        Set<JobId> first = Set.copyOf(jobs.subList(0, COLD_JOBS));
        for (ObservedJobs.Job job : done) {
            if (swaps.stream().anyMatch(swap -> swap.touches(job))) {
                during.add(job.seconds());
            } else if (!first.contains(job.id())) {
                usual.add(job.seconds());
            }
        }
        usual.sort(null);
        during.sort(null);
        double failures = (double) jobs.stream().filter(bench.observed()::hasFailed).count();
        tell("swaps under load", swaps.size(), "");
        tell("  jobs", jobs.size(), "");
        tell("  jobs failed", failures, "");
        tell("  pictures of another version than named", mixedUp, "");
        tell("  jobs while a swap was on", during.size(), "");
        tell("  jobs otherwise", usual.size(), "");
        double median = usual.get(usual.size() / 2);
        double slowest = usual.get(usual.size() - 1);
        double slowestDuring = during.get(during.size() - 1);
        tell("  a job otherwise, median", median, "s");
        tell("  a job otherwise, 95 of 100 within", usual.get(usual.size() * 95 / 100), "s");
        tell("  a job otherwise, slowest", slowest, "s");
        tell("    times the median", slowest / median, "x");
        tell("  a job during a swap, median", during.get(during.size() / 2), "s");
        tell("  a job during a swap, 95 of 100 within", during.get(during.size() * 95 / 100), "s");
        tell("  a job during a swap, slowest", slowestDuring, "s");
        tell("    times the median otherwise", slowestDuring / median, "x");
        promise("    times the slowest otherwise", slowestDuring / slowest);
        tell(
                "  a swap, mean",
                swaps.stream().mapToDouble(ObservedJobs.Swap::seconds).average().orElse(0),
                "s");
    }

    /** Like what the version named makes alone, and unlike what the others make. */
    private boolean isOfItsVersion(List<CheckpointId> versions, Bench bench, JobId job)
            throws IOException {
        ResultManifest result = result(bench, job);
        int[] pixels = pixels(bench, result);
        for (CheckpointId version : versions) {
            boolean named = version.version().equals(result.checkpoint());
            int[] alone = expected.get(version.version() + " " + result.job().seed());
            if (alone == null || named != (difference(pixels, alone) <= MOST_GREY_LEVELS)) {
                return false;
            }
        }
        return true;
    }

    private static int difference(int[] some, int[] others) {
        int most = 0;
        for (int i = 0; i < some.length; i++) {
            for (int shift = 0; shift <= 16; shift += 8) {
                most =
                        Math.max(
                                most,
                                Math.abs((some[i] >> shift & 0xff) - (others[i] >> shift & 0xff)));
            }
        }
        return most;
    }

    private static ResultManifest result(Bench bench, JobId job) {
        return Json.readTolerant(
                bench.store().find(ObjectKeys.result(job)).orElseThrow(), ResultManifest.class);
    }

    /** Of the first picture, as 0xRRGGBB. */
    private static int[] pixels(Bench bench, ResultManifest result) throws IOException {
        byte[] png = bench.store().find(result.images().get(0).key()).orElseThrow();
        var picture = ImageIO.read(new ByteArrayInputStream(png));
        return picture.getRGB(
                0, 0, picture.getWidth(), picture.getHeight(), null, 0, picture.getWidth());
    }

    /** Says, too, whether it is within what is promised of a swap. */
    private void promise(String name, double times) {
        tell(name, times, times <= MOST_TIMES ? "x, held" : "x, NOT held (" + MOST_TIMES + ")");
    }

    private void tell(String name, double value, String unit) {
        results.accept(Measurement.of(name, value, unit));
    }

    private static DarkroomException failed(String why) {
        return new DarkroomException(ErrorCode.INTERNAL, why);
    }
}
