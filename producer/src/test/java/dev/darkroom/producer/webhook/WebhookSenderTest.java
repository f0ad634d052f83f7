package dev.darkroom.producer.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.queue.Topics;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.platform.kafka.JobPublisher;
import dev.darkroom.platform.kafka.KafkaSettings;
import dev.darkroom.platform.kafka.PoolTopology;
import dev.darkroom.platform.kafka.TopicReader;
import dev.darkroom.platform.lease.Leases;
import dev.darkroom.platform.objectstore.MinioObjectStore;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.platform.objectstore.ObjectStoreSettings;
import dev.darkroom.platform.webhook.WebhookClient;
import dev.darkroom.testing.Checkout;
import dev.darkroom.testing.EmbeddedStack;
import dev.darkroom.testing.PythonPackages;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** On a real broker and store; the receivers are servers of this test. */
class WebhookSenderTest implements WebhookEndpoints {
    private static final WebhookSchedule QUICK =
            new WebhookSchedule(Collections.nCopies(20, Duration.ofMillis(100)));

    private final Map<JobId, String> wanted = new ConcurrentHashMap<>();
    private final Map<String, WebhookEndpoint> endpoints = new ConcurrentHashMap<>();
    private final List<AutoCloseable> opened = new ArrayList<>();
    private KafkaSettings kafka;
    private ObjectStore store;
    private JobPublisher publisher;

    @BeforeEach
    void join() {
        EmbeddedStack stack = EmbeddedStack.shared();
        kafka = new KafkaSettings(stack.bootstrapServers(), Map.of(), 2, 1, 30);
        PoolTopology.ensure(kafka);
        store =
                opened(
                        new MinioObjectStore(
                                new ObjectStoreSettings(
                                        stack.storeEndpoint(),
                                        "us-east-1",
                                        "darkroom",
                                        EmbeddedStack.ACCESS_KEY,
                                        EmbeddedStack.SECRET_KEY)));
        store.ensureBucket();
        publisher = opened(new JobPublisher(kafka, "/darkroom/test"));
    }

    @AfterEach
    void close() throws Exception {
        Collections.reverse(opened);
        for (AutoCloseable one : opened) {
            one.close();
        }
    }

    @Test
    void tellsHowJobsEndedAndNothingElse() throws IOException {
        WebhookReceiver receiver = receiver(200);
        JobId done = job(receiver);
        JobId failed = job(receiver);
        sender();
        publisher.publish(
                new JobEvent.Progress(done, Instant.now(), 1, 1, 2, Optional.empty()),
                Optional.empty());

        succeed(done);
        publisher.publish(
                new JobEvent.Failed(
                        failed, Instant.now(), 1, ErrorCode.GENERATION_FAILED, "a secret prompt"),
                Optional.empty());

        List<WebhookReceiver.Call> calls = receiver.await(2);
        assertThat(calls).hasSize(2).allMatch(WebhookReceiver.Call::isSigned);
        assertThat(calls).extracting(WebhookReceiver.Call::id).doesNotHaveDuplicates();
        assertThat(calls)
                .allSatisfy(
                        call ->
                                assertThat(call.body())
                                        .doesNotContain("secret")
                                        .hasSizeLessThan(1000));
        JsonNode success = body(calls, done);
        assertThat(success.path("type").asText()).isEqualTo("job.succeeded");
        assertThat(success.path("data").path("status").asText()).isEqualTo("succeeded");
        assertThat(success.path("data").path("images").asInt()).isEqualTo(2);
        assertThat(success.path("data").path("href").asText()).isEqualTo("/v1/jobs/" + done);
        JsonNode failure = body(calls, failed);
        assertThat(failure.path("type").asText()).isEqualTo("job.failed");
        assertThat(failure.path("data").path("code").asText()).isEqualTo("GENERATION_FAILED");
    }

    @Test
    void triesAgainUnderTheSameIdUntilItIsTaken() throws IOException {
        WebhookReceiver receiver = opened(new WebhookReceiver(call -> call < 3 ? 500 : 204));
        JobId job = job(receiver);
        sender();

        succeed(job);

        receiver.await(4);
        JobId other = job(receiver);
        succeed(other);
        // The order of the topic: had the first come a fifth time, it would have before.
        List<WebhookReceiver.Call> calls = receiver.await(5);
        assertThat(calls.subList(0, 4))
                .extracting(WebhookReceiver.Call::id)
                .containsOnly(calls.get(0).id());
        assertThat(calls.subList(0, 4))
                .extracting(WebhookReceiver.Call::body)
                .containsOnly(calls.get(0).body());
        assertThat(calls.get(4).body()).contains(other.value());
    }

    @Test
    void aReceiverThatIsDeadKeepsNobodyWaiting() throws IOException {
        ServerSocket silent = opened(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
        WebhookEndpoint dead = WebhookReceiver.endpoint(silent.getLocalPort());
        for (int i = 0; i < 60; i++) {
            succeed(job("dead", dead));
        }
        // Another host, or it would be one receiver.
        WebhookReceiver receiver = receiver(200);
        WebhookEndpoint elsewhere =
                WebhookEndpoint.of(
                        receiver.endpoint().url().toString().replace("127.0.0.1", "localhost"),
                        List.of(WebhookReceiver.SECRET));
        JobId job = job("alive", elsewhere);
        sender();

        succeed(job);

        assertThat(receiver.await(1).get(0).body()).contains(job.value());
    }

    @Test
    void theNextProducerGoesOnWhereOneStopped() throws IOException {
        WebhookReceiver refusing = receiver(503);
        JobId first = job("tenant", refusing.endpoint());
        WebhookSender sender = sender();
        succeed(first);
        refusing.await(2);
        sender.close();
        JobId second = job("tenant", refusing.endpoint());
        succeed(second);
        WebhookReceiver taking = receiver(200);
        endpoints.put("tenant", taking.endpoint());

        sender();

        List<WebhookReceiver.Call> calls = taking.await(2);
        assertThat(body(calls, first).path("type").asText()).isEqualTo("job.succeeded");
        assertThat(body(calls, second).path("type").asText()).isEqualTo("job.succeeded");
        assertThat(calls)
                .extracting(WebhookReceiver.Call::id)
                .contains(refusing.calls.get(0).id())
                .doesNotHaveDuplicates();
    }

    @Test
    void whoIsGoneIsToldNothingMore() throws IOException {
        WebhookReceiver gone = receiver(410);
        JobId first = job("tenant", gone.endpoint());
        sender();
        succeed(first);
        gone.await(1);
        succeed(job("tenant", gone.endpoint()));
        WebhookReceiver other = receiver(200);
        JobId last = job("other", other.endpoint());

        succeed(last);

        other.await(1);
        assertThat(gone.calls).hasSize(1);
        assertThat(refusals())
                .isNotEmpty()
                .noneMatch(record -> record.contains("/hook"))
                .anyMatch(record -> record.contains("\"host\":\"127.0.0.1\""));
    }

    /** What the topic says of addresses that want no more: keys and values. */
    private List<String> refusals() {
        List<String> found = new CopyOnWriteArrayList<>();
        try (TopicReader reader =
                new TopicReader(
                        kafka,
                        List.of(Topics.WEBHOOKS),
                        record -> {
                            String key = record.key().orElse("");
                            if (key.startsWith("refusing:")) {
                                byte[] value = record.value().orElseThrow();
                                found.add(key + " " + new String(value, StandardCharsets.UTF_8));
                            }
                        })) {
            reader.start();
            assertThat(reader.awaitCaughtUp(Duration.ofSeconds(30))).isTrue();
        }
        return found;
    }

    @Test
    void theStandardsLibraryForPythonAcceptsIt() throws Exception {
        Optional<Path> python =
                PythonPackages.install(
                        Checkout.root().resolve("producer/target/python-webhooks"),
                        "standardwebhooks==1.1.0");
        if (python.isEmpty()) {
            String why = "NOT RUN: verifying webhooks needs python3 with venv, and PyPI";
            System.err.println(why);
            abort(why);
        }
        WebhookReceiver receiver = receiver(200);
        JobId job = job(receiver);
        sender();
        succeed(job);
        WebhookReceiver.Call call = receiver.await(1).get(0);

        assertThat(verify(python.orElseThrow(), call, call.body())).isZero();
        assertThat(verify(python.orElseThrow(), call, call.body() + " ")).isEqualTo(1);
    }

    private static int verify(Path python, WebhookReceiver.Call call, String body)
            throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(
                                python.toString(),
                                Checkout.root()
                                        .resolve("producer/src/test/resources/verify_webhook.py")
                                        .toString(),
                                WebhookReceiver.SECRET,
                                call.id(),
                                call.timestamp(),
                                call.signature())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                        .start();
        process.getOutputStream().write(body.getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().close();
        return process.waitFor();
    }

    private WebhookSender sender() {
        WebhookSender sender =
                new WebhookSender(
                        kafka,
                        this,
                        new WebhookClient(true, Clock.systemUTC()),
                        new Leases(store, "test", Duration.ofSeconds(5), System::nanoTime),
                        Clock.systemUTC(),
                        QUICK);
        sender.start();
        return opened(sender);
    }

    private WebhookReceiver receiver(int status) throws IOException {
        return opened(new WebhookReceiver(call -> status));
    }

    private JobId job(WebhookReceiver receiver) {
        return job("endpoint-" + receiver.endpoint().url(), receiver.endpoint());
    }

    private JobId job(String name, WebhookEndpoint endpoint) {
        JobId job = JobId.of(UUID.randomUUID());
        endpoints.put(name, endpoint);
        wanted.put(job, name);
        return job;
    }

    private void succeed(JobId job) {
        publisher.publish(
                new JobEvent.Succeeded(job, Instant.now(), 1, 2, ObjectKeys.result(job)),
                Optional.empty());
    }

    private static JsonNode body(List<WebhookReceiver.Call> calls, JobId job) {
        return calls.stream()
                .map(call -> Json.tree(call.body().getBytes(StandardCharsets.UTF_8)))
                .filter(body -> body.path("data").path("id").asText().equals(job.value()))
                .findFirst()
                .orElseThrow();
    }

    private <T extends AutoCloseable> T opened(T one) {
        opened.add(one);
        return one;
    }

    @Override
    public boolean isEmpty() {
        return endpoints.isEmpty();
    }

    @Override
    public Optional<String> of(JobId job) {
        return Optional.ofNullable(wanted.get(job));
    }

    @Override
    public Optional<WebhookEndpoint> named(String name) {
        return Optional.ofNullable(endpoints.get(name));
    }
}
