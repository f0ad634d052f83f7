package dev.darkroom.standalone.chaos;

import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.StageTimings;
import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.diffusion.pipeline.TextEmbedding;
import dev.darkroom.diffusion.sampler.Latents;
import dev.darkroom.platform.kafka.JobPublisher;
import dev.darkroom.platform.kafka.KafkaSettings;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.platform.registry.CheckpointRegistry;
import dev.darkroom.testing.Interposed;
import dev.darkroom.worker.Worker;
import dev.darkroom.worker.WorkerOptions;
import dev.darkroom.worker.intake.Backoff;
import dev.darkroom.worker.intake.JobObserver;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.stage.Stages;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A worker in a JVM of its own. Says {@code ready} once it takes jobs, and {@code trouble WHY}
 * whenever it cannot for another reason. Reads lines from standard input: {@code hold STAGE} makes
 * the next job that comes there stand still, and {@code at STAGE JOB} is said; {@code go} lets it
 * go on.
 */
final class ChaosWorker {
    private static final Pattern JOB_OBJECT = Pattern.compile("jobs/([0-9a-f-]{36})/(.*)");

    /** Loggers that nobody refers to are forgotten, and their handlers with them. */
    private static final Logger LOG = Logger.getLogger("dev.darkroom");

    /** Job by thread: what stands still in a call that jobs share is the job that makes it. */
    private final ThreadLocal<String> job = ThreadLocal.withInitial(() -> "");

    private final Object lock = new Object();
    private final PrintStream out = System.out;
    private String held = "";
    private boolean standing;

    /** Where workers note which jobs have faltered. */
    private final Path faltered;

    private ChaosWorker(Path folder) {
        faltered = folder;
    }

    /** Arguments: bootstrap servers, store endpoint, cache folder, name, model. */
    public static void main(String[] arguments) throws IOException {
        new ChaosWorker(Path.of(arguments[2]).getParent()).run(arguments);
    }

    private void run(String[] arguments) throws IOException {
        KafkaSettings kafka = Servers.kafka(arguments[0]);
        ObjectStore store = watched(Servers.store(arguments[1]));
        CheckpointRegistry registry = new CheckpointRegistry(store, kafka);
        registry.start();
        watchLog();
        Worker worker =
                new Worker(
                        new Worker.Surroundings(
                                kafka, store, registry, new JobPublisher(kafka, "/darkroom/chaos")),
                        new WorkerOptions(
                                arguments[3],
                                OptionalInt.of(3),
                                64,
                                Path.of(arguments[2]),
                                8,
                                2048,
                                1,
                                Duration.ofSeconds(20),
                                Duration.ofMinutes(10),
                                2,
                                new ModelName(arguments[4]),
                                "Darkroom chaos",
                                new Backoff(Duration.ofMillis(200), Duration.ofSeconds(1))),
                        observer(),
                        real -> (id, pulse) -> watched(real.load(id, pulse)));
        worker.start();
        Thread watcher = new Thread(() -> watch(worker), "watcher");
        watcher.setDaemon(true);
        watcher.start();
        BufferedReader commands =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            obey(line);
        }
        // Whoever started it is gone.
        Runtime.getRuntime().halt(0);
    }

    private void watch(Worker worker) {
        String told = "";
        while (!worker.isReady()) {
            String trouble = worker.trouble().orElse(told);
            if (!trouble.equals(told)) {
                out.println("trouble " + trouble.lines().findFirst().orElse(""));
                told = trouble;
            }
            try {
                TimeUnit.MILLISECONDS.sleep(50);
            } catch (InterruptedException e) {
                return;
            }
        }
        out.println("ready");
    }

    private void obey(String line) {
        synchronized (lock) {
            if (line.startsWith("hold ")) {
                held = line.substring("hold ".length());
            } else {
                held = "";
                standing = false;
                lock.notifyAll();
            }
        }
    }

    private void at(Stage stage) {
        synchronized (lock) {
            if (!held.equals(stage.name()) || job.get().isEmpty()) {
                return;
            }
            held = "";
            standing = true;
            out.println("at " + stage + " " + job.get());
            while (standing) {
                try {
                    lock.wait();
                } catch (InterruptedException e) {
                    // Only the test lets it go on.
                }
            }
        }
    }

    private ObjectStore watched(ObjectStore real) {
        return Interposed.as(
                ObjectStore.class,
                (method, arguments) -> {
                    Matcher object =
                            JOB_OBJECT.matcher(
                                    arguments == null || arguments.length == 0
                                            ? ""
                                            : arguments[0].toString());
                    boolean ours = object.matches();
                    // The first that is done of a job, by the job's own thread; whoever else looks
                    // at its outcome has no job.
                    if (ours
                            && method.getName().equals("size")
                            && object.group(2).equals("outcome.json")
                            && Thread.currentThread().getName().endsWith("-job")) {
                        String next = object.group(1);
                        if (!job.get().equals(next)) {
                            at(Stage.ACKNOWLEDGED);
                        }
                        job.set(next);
                        at(Stage.TAKEN);
                    }
                    Object answer = Interposed.call(real, method, arguments);
                    if (ours && method.getName().startsWith("put")) {
                        if (object.group(2).endsWith(".png")) {
                            at(Stage.PICTURES);
                            falter(new JobId(object.group(1)));
                        } else if (object.group(2).equals("outcome.json")) {
                            at(Stage.OUTCOME);
                        } else if (object.group(2).equals("result.json")) {
                            at(Stage.MANIFEST);
                        }
                    }
                    return answer;
                });
    }

    /** Fails for now, in the first attempt of a job that is to. */
    private void falter(JobId falling) throws IOException {
        if (Kind.falters(falling)) {
            try {
                Files.createFile(faltered.resolve("faltered-" + falling));
            } catch (FileAlreadyExistsException e) {
                return;
            }
            throw new DarkroomException(ErrorCode.RESOURCE_EXHAUSTED, "falters");
        }
    }

    private LoadedModel watched(LoadedModel real) {
        return new LoadedModel(
                real.id(),
                real.configuration(),
                real.scheduler(),
                real.tokenizer(),
                new Stages() {
                    private int calls;

                    @Override
                    public TextEmbedding encode(int[][] tokenIds) {
                        TextEmbedding text = real.textEncoder().encode(tokenIds);
                        at(Stage.ENCODED);
                        return text;
                    }

                    @Override
                    public Latents predict(Latents latents, float[] timesteps, TextEmbedding text) {
                        if (++calls % 7 == 0) {
                            at(Stage.LOOP);
                        }
                        return real.noisePredictor().predict(latents, timesteps, text);
                    }

                    @Override
                    public List<RgbImage> decode(Latents latents) {
                        return real.decoder().decode(latents);
                    }

                    @Override
                    public void close() {
                        real.close();
                    }
                });
    }

    private JobObserver observer() {
        return new JobObserver() {
            @Override
            public void ended(String outcome) {
                if (outcome.equals("succeeded")) {
                    at(Stage.EVENT);
                }
            }

            @Override
            public void generated(int pictures, StageTimings seconds) {}

            @Override
            public void stepped(double seconds) {}

            @Override
            public void hung() {}
        };
    }

    /** What a worker says last of a job that it has done. */
    private void watchLog() {
        LOG.addHandler(
                new Handler() {
                    @Override
                    public void publish(LogRecord record) {
                        if (record.getMessage().contains(" done: ")) {
                            at(Stage.ACKNOWLEDGE);
                        }
                    }

                    @Override
                    public void flush() {}

                    @Override
                    public void close() {}
                });
    }
}
