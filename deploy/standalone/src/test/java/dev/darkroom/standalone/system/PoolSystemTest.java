package dev.darkroom.standalone.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.queue.Topics;
import dev.darkroom.contract.storage.ObjectKey;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.contract.training.DatasetName;
import dev.darkroom.platform.kafka.KafkaSettings;
import dev.darkroom.platform.objectstore.MinioObjectStore;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.platform.objectstore.ObjectStoreSettings;
import dev.darkroom.platform.registry.CheckpointRegistry;
import dev.darkroom.testing.Checkout;
import dev.darkroom.testing.PythonPackages;
import dev.darkroom.trainer.importing.DiffusersImporter;
import dev.darkroom.trainer.importing.ImportOptions;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * The packaged application on one home, with the bundled model: what a person does with it in one
 * afternoon, in order, with everything kept from one start to the next.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class PoolSystemTest {
    private static final int LONG = 900;

    private Darkroom darkroom;
    private Darkroom.Running pool;
    private String interrupted = "";

    @BeforeAll
    void beginWithAnEmptyHome(@TempDir Path folder) {
        darkroom = new Darkroom(folder, folder.resolve("home"));
    }

    @AfterAll
    void stop() throws InterruptedException {
        if (pool != null) {
            pool.process().destroy();
            pool.await();
        }
    }

    @Test
    @Order(1)
    void makesFourPicturesFromNothing() throws IOException, InterruptedException {
        Darkroom.Ended ended =
                darkroom.run("generate", "a red sneaker", "-n", "4", "--seed", "11", "-o", "one");

        assertThat(ended.code()).as(ended.err()).isZero();
        assertThat(ended.lines()).hasSize(4);
        for (String line : ended.lines()) {
            BufferedImage picture = ImageIO.read(resolve(line).toFile());
            assertThat(picture.getWidth()).isEqualTo(32);
            assertThat(redness(picture)).isGreaterThan(2);
        }
        assertThat(ended.err()).doesNotContain("WARN", "absl", "Exception");
        assertThat(darkroom.home().resolve("pool.json")).doesNotExist();
    }

    @Test
    @Order(2)
    void keepsAJobThatCtrlCInterrupts() throws IOException, InterruptedException {
        Darkroom.Running running =
                darkroom.start(
                        "generate", "a green coat", "--seed", "3", "--steps", "" + LONG, "-o", "x");
        Darkroom.await("the job runs", () -> running.errors().contains("step 1"));

        running.signal("INT");
        Darkroom.Ended ended = running.await();

        assertThat(ended.code()).isEqualTo(130);
        assertThat(ended.err()).containsOnlyOnce("kept in the queue").doesNotContain("Exception");
        interrupted = ended.err().replaceAll("(?s).*Job ([0-9a-f-]{36}) is kept.*", "$1");
    }

    @Test
    @Order(3)
    void finishesItAtTheNextStartAndMakesTheSamePicturesAgain()
            throws IOException, InterruptedException {
        pool = darkroom.up();
        awaitStatus(interrupted, "succeeded");

        Darkroom.Ended ended =
                darkroom.run("generate", "a red sneaker", "-n", "4", "--seed", "11", "-o", "two");

        assertThat(ended.code()).as(ended.err()).isZero();
        assertThat(pictures("two")).hasSize(4).isEqualTo(pictures("one"));
        assertThat(pool.process().isAlive()).isTrue();
    }

    @Test
    @Order(4)
    void refusesWhatCannotBeDoneAndGoesOn() throws Exception {
        refuses("not served", "generate", "a bag", "--model", "nope");
        refuses("multiples of 4", "generate", "a bag", "--width", "33");
        refuses("steps is 0", "generate", "a bag", "--steps", "0");
        refuses("10000", "generate", "x".repeat(100_000));
        refuses("unknown-option", "generate", "a bag", "--unknown-option");
        refuses("UUID", "status", "nonsense");
        refuses("no folder", "import", "nowhere", "--name", "x");

        String unknown = UUID.randomUUID().toString();
        String misshapen = UUID.randomUUID().toString();
        String malformed = UUID.randomUUID().toString();
        String good = UUID.randomUUID().toString();
        send(unknown, "{\"id\":\"" + unknown + "\",\"prompt\":\"a bag\",\"model\":\"nope\"}");
        send(misshapen, "{\"id\":\"" + misshapen + "\",\"prompt\":\"a bag\",\"width\":33}");
        send(malformed, "{\"id\":");
        send(good, "{\"id\":\"" + good + "\",\"prompt\":\"a bag \ud83d\udc5c\"}");

        assertThat(awaitStatus(unknown, "failed").path("error").path("code").asText())
                .isEqualTo("UNKNOWN_MODEL");
        assertThat(awaitStatus(misshapen, "failed").path("error").path("code").asText())
                .isEqualTo("UNSUPPORTED_SIZE");
        assertThat(awaitStatus(malformed, "failed").path("error").path("code").asText())
                .isEqualTo("MALFORMED_REQUEST");
        assertThat(awaitStatus(good, "succeeded").path("images")).hasSize(1);
    }

    @Test
    @Order(5)
    void servesAClientInPythonThatKnowsOnlyKafkaAndS3() throws Exception {
        Path python = pythonWithClients();
        String prompt = "a purple dress \ud83d\udc57";
        String id = UUID.randomUUID().toString();
        JsonNode keys = json(darkroom.home().resolve("credentials.json"));
        Path script = Checkout.root().resolve("deploy/standalone/src/test/resources");

        ProcessBuilder builder =
                new ProcessBuilder(
                                python.toString(),
                                script.resolve("foreign_client.py").toString(),
                                where().path("kafka").asText(),
                                where().path("s3").asText(),
                                keys.path("accessKey").asText(),
                                keys.path("secretKey").asText(),
                                id,
                                prompt)
                        .redirectErrorStream(true);
        builder.environment().put("PYTHONUTF8", "1");
        Process client = builder.start();
        String output = new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(client.waitFor()).as(output).isZero();
        assertThat(output).contains("32x32", prompt, "Steps: ", "Model: fashion-sd");
        assertThat(awaitStatus(id, "succeeded").path("images")).hasSize(1);
    }

    @Test
    @Order(6)
    void finishesAJobWhosePoolWasKilled() throws IOException, InterruptedException {
        String[] request = {
            "submit", "a blue coat", "--seed", "5", "--steps", "" + LONG, "--sampler", "euler"
        };
        String undisturbed = darkroom.run(request).out().strip();
        String expected = picture(awaitStatus(undisturbed, "succeeded"));
        String killed = darkroom.run(request).out().strip();
        Darkroom.await("the job runs", () -> status(killed).path("step").asInt() > 0);
        String killedWorker = status(killed).path("worker").asText();

        pool.kill();
        assertThat(darkroom.home().resolve("pool.json")).exists();
        assertThat(darkroom.run("status", killed).code()).isEqualTo(1);
        pool = darkroom.up();
        JsonNode finished = awaitStatus(killed, "succeeded");

        assertThat(picture(finished)).isEqualTo(expected);
        assertThat(finished.path("worker").asText()).isNotEqualTo(killedWorker);
        assertThat(status(undisturbed).path("status").asText()).isEqualTo("succeeded");
    }

    @Test
    @Order(7)
    void letsOneProcessAtATimeHaveTheHome() throws IOException, InterruptedException {
        Darkroom.Ended second = darkroom.run("up", "--port", "0");

        assertThat(second.code()).isEqualTo(1);
        assertThat(second.err()).contains("already");
    }

    @Test
    @Order(8)
    void importsWhileThePoolIsUp() throws IOException, InterruptedException {
        Darkroom.Ended imported =
                darkroom.run("import", Checkout.bundledModel().toString(), "--name", "mine");
        assertThat(imported.code()).as(imported.err()).isZero();
        assertThat(darkroom.run("models").out()).contains("mine", "fashion-sd");

        Darkroom.Ended made =
                darkroom.run("generate", "a bag", "--model", "mine", "--seed", "1", "-o", "mine");

        assertThat(made.code()).as(made.err()).isZero();
        assertThat(pictures("mine")).hasSize(1);
    }

    @Test
    @Order(9)
    void learnsWhatNewPicturesSayServesItAndTakesItBack() throws Exception {
        if (pool == null) {
            pool = darkroom.up();
        }
        String[] prompt = {"generate", "a green sneaker", "--seed", "11", "-o"};
        assertThat(isSquare(made(prompt, "unlearned"))).isFalse();
        putGreenSquares("squares", 48);

        Darkroom.Ended trained =
                darkroom.run(
                        "train",
                        "--model",
                        "fashion-sd",
                        "--dataset",
                        "squares",
                        "--steps",
                        "60",
                        "--learning-rate",
                        "0.001");

        assertThat(trained.code()).as(trained.err()).isZero();
        assertThat(trained.out()).contains("is published and serves", "better than the parent's");
        awaitSquare("learned", prompt, true);
        assertThat(darkroom.run("checkpoints", "list", "fashion-sd").lines())
                .anyMatch(line -> line.contains("promoted") && line.contains("validation loss"))
                .anyMatch(line -> line.contains("previous"));

        assertThat(darkroom.run("checkpoints", "rollback", "fashion-sd").code()).isZero();
        awaitSquare("taken-back", prompt, false);
    }

    @Test
    @Order(10)
    void putsReportsOfAnyVersionIntoTheBucket() throws Exception {
        Path data = Files.createDirectory(resolve("measured"));
        StringBuilder captions = new StringBuilder();
        for (int i = 0; i < 8; i++) {
            Files.write(data.resolve(i + ".png"), greenSquare(i));
            captions.append(line(i + ".png"));
        }
        Files.writeString(data.resolve("metadata.jsonl"), captions);
        String trained =
                darkroom.run("checkpoints", "list", "fashion-sd").lines().stream()
                        .filter(line -> line.contains("validation loss"))
                        .map(line -> line.substring(0, line.indexOf(' ')))
                        .findFirst()
                        .orElseThrow();

        // What serves is the imported one, and the other's parent.
        String imported = reported("fashion-sd", data);
        String page = reported("fashion-sd@" + trained, data);

        assertThat(imported).contains("colour agreement").doesNotContain("Trained from");
        assertThat(page).contains("fashion-sd@" + trained, "Trained from", "loss of unet");
        refuses("no version of nothing serves", "evaluate", "nothing", "--data", data.toString());
    }

    /** Evaluates a version, and gives the page that lies in the bucket then. */
    private String reported(String name, Path data) throws IOException, InterruptedException {
        Darkroom.Ended ended =
                darkroom.run(
                        "evaluate",
                        name,
                        "--data",
                        data.toString(),
                        "--pictures",
                        "4",
                        "--steps",
                        "2",
                        "--guidance",
                        "1,3");
        assertThat(ended.code()).as(ended.err()).isZero();
        assertThat(ended.out()).contains("guidance 3", "real pictures");
        String key = ended.lines().get(ended.lines().size() - 1);
        assertThat(key).matches("reports/fashion-sd/[0-9a-f]{12}/index.html");
        try (ObjectStore store = store()) {
            return new String(store.find(new ObjectKey(key)).orElseThrow(), StandardCharsets.UTF_8);
        }
    }

    /** Workers swap soon after a promotion, not with it. */
    @Test
    @Order(11)
    void cancelsWhatNobodyWantsAnyMore() throws IOException, InterruptedException {
        String[] request = {"submit", "a blue coat", "--steps", "500", "-n", "16"};
        String running = darkroom.run(request).out().strip();
        String waiting = darkroom.run(request).out().strip();
        String unknown = UUID.randomUUID().toString();
        Darkroom.await("the job runs", () -> status(running).path("step").asInt() > 0);
        Darkroom.Running generate =
                darkroom.start("generate", "a red bag", "--steps", "500", "-n", "16");
        Darkroom.await("it follows its job", () -> generate.errors().contains("queue"));
        String followed = newestJob();
        Path preview = darkroom.home().resolve("preview.png");
        Darkroom.Ended shown = darkroom.run("status", running, "--preview", preview.toString());
        assertThat(shown.code()).as(shown.err()).isZero();
        BufferedImage picture = ImageIO.read(preview.toFile());
        assertThat(picture.getWidth()).as("four times four pictures").isEqualTo(4 * 8);
        assertThat(picture.getHeight()).isEqualTo(4 * 8);

        Darkroom.Ended cancelled = darkroom.run("cancel", waiting, running, followed);

        assertThat(cancelled.code()).isZero();
        assertThat(cancelled.lines())
                .containsExactly(
                        waiting + " cancelled", running + " cancelled", followed + " cancelled");
        Darkroom.Ended ended = generate.await();
        assertThat(ended.code()).isEqualTo(1);
        assertThat(ended.err()).contains("the job was cancelled");
        Darkroom.Ended status = darkroom.run("status", running);
        assertThat(status.code()).isEqualTo(1);
        assertThat(status.out().strip()).isEqualTo("cancelled");
        Darkroom.Ended gone = darkroom.run("status", running, "--preview", preview.toString());
        assertThat(gone.code()).isEqualTo(2);
        assertThat(gone.err()).contains("the job is cancelled: there is nothing to see");
        String done = darkroom.run("submit", "a red bag").out().strip();
        awaitStatus(done, "succeeded");
        Darkroom.Ended late = darkroom.run("cancel", done, unknown, running);
        assertThat(late.code()).isEqualTo(2);
        assertThat(late.lines()).containsExactly(running + " cancelled");
        assertThat(late.err()).contains("the job has succeeded", "there is no job " + unknown);
    }

    @Test
    @Order(12)
    void showsRedrivesAndDropsJobsThatWereGivenUpOn(@TempDir Path folder) throws Exception {
        if (pool == null) {
            pool = darkroom.up();
        }
        CheckpointId damaged = publishDamaged(folder);
        String id = UUID.randomUUID().toString();
        send(
                id,
                "{\"id\":\""
                        + id
                        + "\",\"prompt\":\"a brown bag\",\"version\":\""
                        + damaged.version()
                        + "\"}");

        assertThat(awaitLetter(id)).contains("CORRUPT_CHECKPOINT", "model");
        assertThat(awaitStatus(id, "failed").path("error").path("code").asText())
                .isEqualTo("CORRUPT_CHECKPOINT");
        Darkroom.Ended shown = darkroom.run("dead", "show", id);
        assertThat(shown.code()).as(shown.err()).isZero();
        assertThat(shown.lines())
                .contains(
                        field("id", id),
                        field("state", "open"),
                        field("error", "CORRUPT_CHECKPOINT"),
                        field("stage", "model"))
                .anyMatch(line -> line.startsWith("reason") && line.contains(damaged.toString()))
                .anyMatch(line -> line.startsWith("record") && line.contains("a brown bag"));

        Darkroom.Ended redriven = darkroom.run("dead", "redrive", id);

        assertThat(redriven.code()).as(redriven.err()).isZero();
        String again = redriven.out().strip().replaceFirst("^" + id + "  redriven as ", "");
        assertThat(UUID.fromString(again)).isNotEqualTo(UUID.fromString(id));
        assertThat(awaitLetter(again)).contains("CORRUPT_CHECKPOINT", "model");
        assertThat(awaitStatus(again, "failed").path("error").path("code").asText())
                .isEqualTo("CORRUPT_CHECKPOINT");
        assertThat(letters()).noneMatch(line -> line.startsWith(id));
        assertThat(darkroom.run("dead", "show", id).lines())
                .contains(field("state", "redriven"), field("redriven as", again));

        Darkroom.Ended dropped = darkroom.run("dead", "drop", again);

        assertThat(dropped.code()).as(dropped.err()).isZero();
        assertThat(dropped.lines()).containsExactly(again + "  dropped");
        assertThat(letters()).noneMatch(line -> line.startsWith(again) || line.startsWith(id));
        assertThat(darkroom.run("dead", "list", "--all").lines())
                .anyMatch(line -> line.startsWith(id) && line.contains("redriven as " + again))
                .anyMatch(line -> line.startsWith(again) && line.contains("dropped: "));
        Darkroom.Ended late = darkroom.run("dead", "redrive", again);
        assertThat(late.code()).isEqualTo(2);
        assertThat(late.out()).contains("not done: it was dropped");
    }

    /**
     * A version that nobody promotes, that the producer knows and that no worker can load: its
     * configuration, which is all that no other version has, was whole when it was asked for.
     */
    private CheckpointId publishDamaged(Path folder) throws IOException, InterruptedException {
        Path checkpoint = folder.resolve("checkpoint");
        CheckpointId id =
                new DiffusersImporter(Clock.systemUTC())
                        .importFolder(
                                Checkout.bundledModel(),
                                new ModelName("fashion-sd"),
                                new ImportOptions(
                                        Optional.of(13), Optional.empty(), Optional.empty()),
                                checkpoint,
                                (done, total) -> {})
                        .id();
        KafkaSettings kafka = new KafkaSettings(where().path("kafka").asText(), Map.of(), 1, 1, 30);
        try (ObjectStore store = store();
                CheckpointRegistry registry = new CheckpointRegistry(store, kafka)) {
            registry.publish(checkpoint);
            assertThat(refusal("{\"prompt\":\"x\",\"width\":33,\"version\":\"%s\"}", id))
                    .contains("UNSUPPORTED_SIZE");
            store.put(
                    ObjectKeys.checkpointFile(id, CheckpointConfiguration.FILE),
                    "{}".getBytes(StandardCharsets.UTF_8),
                    "application/json");
        }
        return id;
    }

    /** What the pool answers to a request that it refuses. */
    private String refusal(String body, CheckpointId checkpoint)
            throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(
                                        URI.create(where().path("http").asText() + "/v1/jobs"))
                                .header("Content-Type", "application/json")
                                .POST(
                                        HttpRequest.BodyPublishers.ofString(
                                                body.formatted(checkpoint.version())))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
    }

    /**
     * The line of a letter. A job may be known to have failed, from the bucket, before its letter
     * is written.
     */
    private String awaitLetter(String id) throws IOException, InterruptedException {
        Darkroom.await("the letter is there", () -> letter(id).isPresent());
        return letter(id).orElseThrow();
    }

    private Optional<String> letter(String id) {
        try {
            return letters().stream().filter(line -> line.startsWith(id)).findFirst();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private List<String> letters() throws IOException, InterruptedException {
        Darkroom.Ended listed = darkroom.run("dead", "list");
        assertThat(listed.code()).as(listed.err()).isZero();
        return listed.lines();
    }

    /** As 'dead show' prints it. */
    private static String field(String name, String value) {
        return String.format(Locale.ROOT, "%-20s %s", name, value);
    }

    private void awaitSquare(String folder, String[] prompt, boolean square)
            throws InterruptedException {
        Darkroom.await(
                "the prompt gives " + (square ? "a square" : "a sneaker again"),
                () -> isSquare(made(prompt, folder)) == square);
    }

    private BufferedImage made(String[] prompt, String folder) {
        List<String> arguments = new ArrayList<>(List.of(prompt));
        arguments.add(folder);
        try {
            Darkroom.Ended ended = darkroom.run(arguments.toArray(String[]::new));
            assertThat(ended.code()).as(ended.err()).isZero();
            return ImageIO.read(resolve(ended.lines().get(0)).toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** Pictures that call a green square a green sneaker, as another program would put them. */
    private void putGreenSquares(String dataset, int count) throws IOException {
        StringBuilder captions = new StringBuilder();
        try (ObjectStore store = store()) {
            for (int i = 0; i < count; i++) {
                String name = i + ".png";
                store.put(
                        ObjectKeys.datasetFile(new DatasetName(dataset), name),
                        greenSquare(i),
                        "image/png");
                captions.append(line(name));
            }
            store.put(
                    ObjectKeys.datasetFile(new DatasetName(dataset), "metadata.jsonl"),
                    captions.toString().getBytes(StandardCharsets.UTF_8),
                    "application/jsonl");
        }
    }

    private static String line(String picture) {
        return "{\"file_name\": \"" + picture + "\", \"text\": \"a green sneaker\"}\n";
    }

    private static byte[] greenSquare(int i) throws IOException {
        BufferedImage square = new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB);
        Graphics2D pen = square.createGraphics();
        pen.setColor(Color.GREEN);
        pen.fillRect(6 + i % 4, 6 + i / 4 % 3, 18, 18);
        pen.dispose();
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(square, "png", png);
        return png.toByteArray();
    }

    /** The pool's bucket, as any S3 client sees it. */
    private ObjectStore store() {
        JsonNode keys = json(darkroom.home().resolve("credentials.json"));
        return new MinioObjectStore(
                new ObjectStoreSettings(
                        URI.create(where().path("s3").asText()),
                        "us-east-1",
                        "darkroom",
                        keys.path("accessKey").asText(),
                        keys.path("secretKey").asText()));
    }

    /** Whether the middle is green all over: every sneaker has gaps there. */
    private static boolean isSquare(BufferedImage picture) {
        for (int rgb : picture.getRGB(11, 11, 10, 10, null, 0, 10)) {
            if (((rgb >> 8) & 0xff) < 128) {
                return false;
            }
        }
        return true;
    }

    private void refuses(String why, String... arguments) throws IOException, InterruptedException {
        Darkroom.Ended ended = darkroom.run(arguments);

        assertThat(ended.code()).as(ended.err()).isEqualTo(2);
        assertThat(ended.err()).containsIgnoringCase(why).doesNotContain("\tat ");
        assertThat(ended.out()).isEmpty();
    }

    private void send(String key, String value)
            throws InterruptedException, ExecutionException, java.util.concurrent.TimeoutException {
        try (KafkaProducer<String, byte[]> producer =
                new KafkaProducer<>(
                        Map.of("bootstrap.servers", where().path("kafka").asText()),
                        new StringSerializer(),
                        new ByteArraySerializer())) {
            producer.send(
                            new ProducerRecord<>(
                                    Topics.JOBS, key, value.getBytes(StandardCharsets.UTF_8)))
                    .get(30, TimeUnit.SECONDS);
        }
    }

    private JsonNode awaitStatus(String job, String wanted) throws InterruptedException {
        Darkroom.await(
                job + " is " + wanted + ", it is " + status(job),
                () -> status(job).path("status").asText().equals(wanted));
        return status(job);
    }

    /** Of a pool that is up; an empty object where it does not know the job yet. */
    private JsonNode status(String job) {
        try (java.io.InputStream answer =
                java.net
                        .URI
                        .create(where().path("http").asText() + "/v1/jobs/" + job)
                        .toURL()
                        .openStream()) {
            return Json.tree(answer.readAllBytes());
        } catch (java.io.FileNotFoundException e) {
            return Json.mapper().createObjectNode();
        } catch (IOException e) {
            return Json.mapper().createObjectNode().put("trouble", e.toString());
        }
    }

    private String newestJob() throws IOException {
        try (java.io.InputStream answer =
                java.net
                        .URI
                        .create(where().path("http").asText() + "/v1/jobs?limit=1")
                        .toURL()
                        .openStream()) {
            return Json.tree(answer.readAllBytes()).at("/jobs/0/id").asText();
        }
    }

    private static String picture(JsonNode status) {
        return status.path("images").path(0).path("sha256").asText();
    }

    private JsonNode where() {
        return json(darkroom.home().resolve("pool.json"));
    }

    private static JsonNode json(Path file) {
        try {
            return Json.tree(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path resolve(String line) {
        return darkroom.home().resolveSibling(line);
    }

    /** The pictures' bytes in the order of their indices. */
    private List<String> pictures(String folder) throws IOException {
        try (var files = Files.list(resolve(folder))) {
            return files.sorted(
                            java.util.Comparator.comparing(
                                    file -> file.toString().replaceAll(".*-(\\d+\\.png)$", "$1")))
                    .map(PoolSystemTest::hex)
                    .toList();
        }
    }

    private static String hex(Path file) {
        try {
            return java.util.HexFormat.of().formatHex(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How much more red than green there is. */
    private static double redness(BufferedImage picture) {
        double red = 0;
        double green = 1;
        for (int rgb : picture.getRGB(0, 0, picture.getWidth(), picture.getHeight(), null, 0, 32)) {
            red += (rgb >> 16) & 0xff;
            green += (rgb >> 8) & 0xff;
        }
        return red / green;
    }

    /** Made once and kept in the build folder. */
    private static Path pythonWithClients() throws InterruptedException {
        Optional<Path> python =
                PythonPackages.install(
                        Checkout.root().resolve("deploy/standalone/target/python-client"),
                        "kafka-python==3.0.12",
                        "boto3==1.44.5");
        if (python.isEmpty()) {
            String why = "NOT RUN: the Python client needs python3 with venv, and PyPI";
            System.err.println(why);
            abort(why);
        }
        return python.orElseThrow();
    }
}
