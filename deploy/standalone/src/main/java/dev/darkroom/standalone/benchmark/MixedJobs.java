package dev.darkroom.standalone.benchmark;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.json.Json;
import dev.darkroom.standalone.client.PoolClient;
import dev.darkroom.standalone.client.PoolUnreachableException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Jobs of one picture each, no two of which ask for the same prompt, steps, sampler and seed. */
final class MixedJobs {
    static final int IN_FLIGHT = 16;
    private static final int JOBS = 96;
    private static final List<String> SAMPLERS = List.of("ddim", "euler", "dpmpp_2m_karras");
    private static final List<String> PROMPTS =
            List.of("a red sneaker", "a blue bag", "a green coat", "a white shirt", "a black boot");

    private final PoolClient client;

    MixedJobs(PoolClient client) {
        this.client = client;
    }

    /** Pictures a second where always so many jobs have been submitted and are not done. */
    double perSecond(int inFlight) throws InterruptedException {
        ExecutorService clients = Executors.newFixedThreadPool(inFlight);
        try {
            List<Future<?>> jobs = new ArrayList<>();
            long begin = System.nanoTime();
            for (int i = 0; i < JOBS; i++) {
                int job = i;
                jobs.add(clients.submit(() -> run(job)));
            }
            for (Future<?> job : jobs) {
                job.get();
            }
            return JOBS / ((System.nanoTime() - begin) / 1e9);
        } catch (ExecutionException e) {
            throw DarkroomException.of(e.getCause() == null ? e : e.getCause());
        } finally {
            clients.shutdownNow();
        }
    }

    /**
     * What a job costs that is alone, beside its sampling loop; of half of the jobs less.
     *
     * @param all seconds from its submit to its final event less those of the loop
     * @param stages seconds of that in text encoder and decoder
     */
    record Beside(double all, double stages) {}

    /**
     * Runs jobs one after the other.
     *
     * @param warmUp that many first, which are not counted: producer, broker, worker and store are
     *     compiled as they run, on the cores that the jobs need
     */
    Beside besideTheLoop(int warmUp, int jobs) {
        for (int i = 0; i < warmUp; i++) {
            run(i);
        }
        List<Double> all = new ArrayList<>();
        List<Double> stages = new ArrayList<>();
        for (int i = 0; i < jobs; i++) {
            long begin = System.nanoTime();
            JobId job = run(warmUp + i);
            double total = (System.nanoTime() - begin) / 1e9;
            try {
                JsonNode seconds = client.status(job).path("seconds");
                all.add(total - seconds.path("denoiser").asDouble());
                stages.add(
                        seconds.path("textEncoder").asDouble()
                                + seconds.path("decoder").asDouble());
            } catch (PoolUnreachableException e) {
                throw new DarkroomException(ErrorCode.INTERNAL, "the pool went away", e);
            }
        }
        all.sort(null);
        stages.sort(null);
        return new Beside(all.get(jobs / 2), stages.get(jobs / 2));
    }

    private JobId run(int job) {
        Map<String, Object> request =
                Map.of(
                        "prompt",
                        PROMPTS.get(job % PROMPTS.size()),
                        "sampler",
                        SAMPLERS.get(job % SAMPLERS.size()),
                        "steps",
                        15 + job % 16,
                        "guidanceScale",
                        1.5 + job % 4,
                        "seed",
                        job);
        try {
            JobId id = new JobId(client.submit(Json.write(request)).path("id").asText());
            awaitSuccess(client, id);
            return id;
        } catch (PoolUnreachableException e) {
            throw new DarkroomException(ErrorCode.INTERNAL, "the pool went away", e);
        }
    }

    static void awaitSuccess(PoolClient client, JobId job) throws PoolUnreachableException {
        String ended =
                client.follow(job, event -> {})
                        .map(event -> event.path("type").asText())
                        .orElse("unknown");
        if (!ended.equals("succeeded")) {
            throw new DarkroomException(ErrorCode.INTERNAL, "a job ended as " + ended);
        }
    }
}
