package dev.darkroom.standalone.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jdi.Bootstrap;
import com.sun.jdi.ThreadReference;
import com.sun.jdi.VirtualMachine;
import com.sun.jdi.connect.AttachingConnector;
import com.sun.jdi.connect.Connector;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.json.Json;
import dev.darkroom.platform.kafka.TopicReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Packaged services, each a process of its own, and how it ends where it must. */
class ServicesSystemTest {
    private static final Pattern DEBUGGED = Pattern.compile("dt_socket at address: ([0-9]+)");
    private static final Pattern LISTENING = Pattern.compile("Listening on: http://[^ ]*:([0-9]+)");

    /** Renewed several times within it, so that most of it is always left. */
    private static final int LOCK_SECONDS = 120;

    private final HttpClient http = HttpClient.newHttpClient();

    @TempDir private Path folder;

    @Test
    void producerThatOthersReachDoesNotStartWithoutKeys() throws Exception {
        try (ServicePool pool = new ServicePool(folder, 5)) {
            Service producer = new Service("producer", folder, pool.settings());

            Darkroom.Ended ended =
                    producer.start(List.of(), Map.of("QUARKUS_HTTP_HOST", "0.0.0.0")).await();

            assertThat(ended.code()).as(ended.out()).isEqualTo(1);
            assertThat(ended.out() + ended.err())
                    .contains("quarkus.http.host is 0.0.0.0 and there are no API keys")
                    .contains("darkroom keys create");
        }
    }

    @Test
    void workerWhoseJobStandsStillEndsForItsSupervisor() throws Exception {
        Map<String, String> settings =
                Map.of(
                        "DARKROOM_WORKER_SLOTS", "1",
                        "DARKROOM_WORKER_CACHE", folder.resolve("cache").toString(),
                        "DARKROOM_WORKER_HANG_MINUTES", "1",
                        "DARKROOM_WORKER_GRACE_SECONDS", "1");
        List<JobEvent> events = new CopyOnWriteArrayList<>();
        try (ServicePool pool = new ServicePool(folder, 5);
                TopicReader reader = pool.follow(events)) {
            reader.start();
            pool.serve();
            Service service = new Service("worker", folder, pool.settings());
            Darkroom.Running worker =
                    service.start(
                            List.of(
                                    "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,"
                                            + "address=127.0.0.1:0"),
                            settings);
            try {
                GenerationJob job = pool.submit(1);
                Darkroom.await("the job runs", () -> has(events, JobEvent.Progress.class));
                standStill(worker);

                Darkroom.Ended ended = worker.await();

                assertThat(ended.code()).as(ended.out()).isEqualTo(75);
                assertThat(ended.out()).contains("no sign of life", "its supervisor starts it");
                Darkroom.Running next = service.start(List.of(), settings);
                try {
                    Darkroom.await("another has the job", () -> attempts(events).size() == 2);
                    assertThat(attempts(events)).containsExactly(1, 2);
                    assertThat(events).allMatch(event -> event.jobId().equals(job.id()));
                } finally {
                    next.kill();
                }
            } finally {
                worker.kill();
            }
        }
    }

    @Test
    void workerThatMustEndBeforeItsJobGivesTheJobBack() throws Exception {
        List<JobEvent> events = new CopyOnWriteArrayList<>();
        try (ServicePool pool = new ServicePool(folder, LOCK_SECONDS);
                TopicReader reader = pool.follow(events)) {
            reader.start();
            pool.serve();
            Service service = new Service("worker", folder, pool.settings());
            Darkroom.Running worker = service.start(List.of(), slot("first", 3));
            GenerationJob job = pool.submit(8);
            Darkroom.await("the job runs", () -> has(events, JobEvent.Progress.class));
            Darkroom.Running next = service.start(List.of(), slot("second", 3));
            try {
                Darkroom.await("both are ready", () -> areReady(worker, next));

                worker.signal("TERM");
                Darkroom.await("it is not ready", () -> !readiness(worker).equals("UP"));

                assertThat(readiness(worker)).as("while its job runs").isEqualTo("DOWN");
                assertThat(attempts(events))
                        .as("nobody has it before the grace is over")
                        .hasSize(1);
                assertThat(has(events, JobEvent.Succeeded.class)).isFalse();
                Darkroom.Ended ended = worker.await();
                Instant end = Instant.now();
                assertThat(ended.code()).as(ended.out()).isEqualTo(143);
                assertThat(ended.out()).contains("the worker is stopping");
                Darkroom.await("the job is done", () -> has(events, JobEvent.Succeeded.class));
                assertThat(attempts(events)).containsExactly(1, 2);
                assertThat(all(events, JobEvent.Started.class))
                        .extracting(JobEvent.Started::worker)
                        .containsExactly("first", "second");
                assertThat(all(events, JobEvent.Started.class).get(1).at())
                        .as("it was given back: its lock would have lasted much longer")
                        .isBefore(end.plusSeconds(LOCK_SECONDS / 3));
                assertThat(all(events, JobEvent.Succeeded.class)).hasSize(1);
                assertThat(pool.result(job.id()).worker()).isEqualTo("second");
                assertThat(pool.result(job.id()).attempt()).isEqualTo(2);
            } finally {
                next.kill();
                worker.kill();
            }
        }
    }

    private boolean areReady(Darkroom.Running... services) {
        return Stream.of(services).allMatch(service -> readiness(service).equals("UP"));
    }

    /** A worker of one slot. */
    private Map<String, String> slot(String name, int grace) {
        return Map.of(
                "DARKROOM_WORKER_NAME",
                name,
                "DARKROOM_WORKER_SLOTS",
                "1",
                "DARKROOM_WORKER_CACHE",
                folder.resolve("cache-" + name).toString(),
                "DARKROOM_WORKER_GRACE_SECONDS",
                Integer.toString(grace));
    }

    /**
     * Lets the thread that runs the job stand still as in native code: nothing gets it to go on.
     */
    private static void standStill(Darkroom.Running worker) throws Exception {
        Matcher port = DEBUGGED.matcher(worker.output());
        assertThat(port.find()).as(worker.output()).isTrue();
        AttachingConnector connector =
                Bootstrap.virtualMachineManager().attachingConnectors().stream()
                        .filter(any -> any.name().equals("com.sun.jdi.SocketAttach"))
                        .findFirst()
                        .orElseThrow();
        Map<String, Connector.Argument> arguments = connector.defaultArguments();
        arguments.get("hostname").setValue("127.0.0.1");
        arguments.get("port").setValue(port.group(1));
        VirtualMachine machine = connector.attach(arguments);
        ThreadReference thread =
                machine.allThreads().stream()
                        .filter(any -> any.name().endsWith("-0-job"))
                        .findFirst()
                        .orElseThrow();
        thread.suspend();
    }

    private static List<Integer> attempts(List<JobEvent> events) {
        return events.stream()
                .filter(JobEvent.Started.class::isInstance)
                .map(event -> ((JobEvent.Started) event).attempt())
                .toList();
    }

    private static boolean has(List<JobEvent> events, Class<? extends JobEvent> type) {
        return events.stream().anyMatch(type::isInstance);
    }

    /** What its readiness says: UP, DOWN, or nothing where nobody answers. */
    private String readiness(Darkroom.Running service) {
        Matcher listening = LISTENING.matcher(service.output());
        if (!listening.find()) {
            return "";
        }
        URI address = URI.create("http://127.0.0.1:" + listening.group(1) + "/q/health/ready");
        try {
            HttpResponse<byte[]> answer =
                    http.send(
                            HttpRequest.newBuilder(address).build(),
                            HttpResponse.BodyHandlers.ofByteArray());
            return Json.tree(answer.body()).path("status").asText();
        } catch (IOException e) {
            return "";
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static <T extends JobEvent> List<T> all(List<JobEvent> events, Class<T> type) {
        return events.stream().filter(type::isInstance).map(type::cast).toList();
    }
}
