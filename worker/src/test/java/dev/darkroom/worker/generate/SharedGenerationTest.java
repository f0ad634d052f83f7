package dev.darkroom.worker.generate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.JobStage;
import dev.darkroom.contract.job.Priority;
import dev.darkroom.contract.job.SamplerName;
import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.worker.Await;
import dev.darkroom.worker.FakeStages;
import dev.darkroom.worker.Jobs;
import dev.darkroom.worker.life.Cancellation;
import dev.darkroom.worker.life.Pulse;
import dev.darkroom.worker.model.LoadedModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Which rows whole jobs share a call with. Time passes in UNet calls alone, much of it: calls wait
 * for whoever may ask, and would wait for ever for one who never does, whatever interrupts them.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SharedGenerationTest {
    private static final Duration SOON = Duration.ofSeconds(20);

    private final AtomicLong clock = new AtomicLong();
    private final SharedCalls calls = new SharedCalls(clock::get);
    private final Generator generator = new Generator(new ActivationBudget(2048), calls);
    private final FakeStages stages = new FakeStages();
    private final LoadedModel model = stages.model(Jobs.CHECKPOINT);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<CountDownLatch> gates = new ArrayList<>();

    @BeforeEach
    void callsTakeTime() {
        stages.beforePrediction = calls -> clock.addAndGet(TimeUnit.HOURS.toNanos(1));
    }

    @AfterEach
    void end() {
        gates.forEach(CountDownLatch::countDown);
        threads.shutdownNow();
    }

    /** Sampler, steps, seed, guidance, prompt and number of pictures are all their own. */
    @Test
    void jobsThatHaveOnlyModelAndSizeInCommonShareEveryCall() throws Exception {
        GenerationJob first = job("a", SamplerName.DDIM, 4, 7.5, 11, 1);
        GenerationJob unguided = job("b", SamplerName.EULER, 6, 1, 12, 1);
        GenerationJob pair = job("a b", SamplerName.DPMPP_2M_KARRAS, 5, 3, 13, 2);
        List<List<byte[]>> alone =
                List.of(
                        pixels(made(generator, first)),
                        pixels(made(generator, unguided)),
                        pixels(made(generator, pair)));
        forget();
        Gate joined = new Gate();
        Gate decoding = new Gate();

        Future<List<RgbImage>> one =
                submit(
                        first,
                        step -> {
                            if (step == 1) {
                                joined.pass();
                            }
                        },
                        decoding::pass);
        joined.awaitArrivals(1);
        Hold texts = new Hold();
        Future<List<RgbImage>> two = submit(unguided, step -> {}, decoding::pass);
        Future<List<RgbImage>> three = submit(pair, step -> {}, decoding::pass);
        awaitWaiting(2);
        texts.release();
        Await.until(SOON, () -> stages.encodedRows.size() == 2 && calls.waiting() == 2);
        assertThat(stages.predictedRows).as("who joins waits for whoever is there").hasSize(1);
        joined.open();
        decoding.awaitArrivals(3);
        Hold pictures = new Hold();
        decoding.open();
        awaitWaiting(3);
        pictures.release();

        assertThat(List.of(pixels(got(one)), pixels(got(two)), pixels(got(three))))
                .usingRecursiveComparison()
                .as("each has the pictures that it makes alone")
                .isEqualTo(alone);
        assertThat(stages.encodedRows).containsExactly(2, 1 + 2);
        assertThat(stages.predictedRows)
                .as("all from the second step on, and without the first that is done")
                .containsExactly(2, 2 + 1 + 4, 7, 7, 1 + 4, 5, 1);
        assertThat(stages.decodedRows).containsExactly(1 + 1 + 2);
        assertThat(calls.groups()).isZero();
    }

    /** Each asks for more rows than a call may have, and so do both together. */
    @ParameterizedTest
    @CsvSource({"1, 2048, 1, 1, 1", "3, 2048, 3, 3, 3", "64, 4, 64, 2, 1"})
    void noCallOfAnyStageHasMoreRowsThanItMay(
            int maxBatch, int megabytes, int texts, int steps, int pictures) throws Exception {
        GenerationJob guided = job("a", SamplerName.DDIM, 4, 7.5, 11, 4);
        GenerationJob unguided = job("b", SamplerName.EULER, 5, 1, 12, 4);
        List<List<byte[]>> unlimited =
                List.of(pixels(made(generator, guided)), pixels(made(generator, unguided)));
        forget();
        Generator limited = new Generator(new ActivationBudget(megabytes, maxBatch), calls);

        Hold together = new Hold();
        Future<List<RgbImage>> one = threads.submit(() -> made(limited, guided));
        Future<List<RgbImage>> two = threads.submit(() -> made(limited, unguided));
        awaitWaiting(2);
        together.release();

        assertThat(List.of(pixels(got(one)), pixels(got(two))))
                .usingRecursiveComparison()
                .isEqualTo(unlimited);
        assertThat(stages.encodedRows).allMatch(rows -> rows <= texts);
        assertThat(stages.predictedRows).allMatch(rows -> rows <= steps);
        assertThat(stages.decodedRows).allMatch(rows -> rows <= pictures);
        assertThat(sum(stages.encodedRows)).isEqualTo(2 + 1);
        assertThat(sum(stages.predictedRows)).isEqualTo(4 * 8 + 5 * 4);
        assertThat(sum(stages.decodedRows)).isEqualTo(4 + 4);
    }

    /** Nobody else sits, so a call that waited for company would do so for ever. */
    @Test
    void loneJobMakesItsCallsAtOnce() {
        assertThat(made(generator, job("a", SamplerName.EULER, 50, 7.5, 11, 1))).hasSize(1);

        assertThat(stages.predictedRows).hasSize(50);
    }

    private static int sum(List<Integer> rows) {
        return rows.stream().mapToInt(Integer::intValue).sum();
    }

    private List<RgbImage> made(Generator with, GenerationJob job) {
        return with.generate(job, model, Generator.Progress.none(), new Cancellation()).pictures();
    }

    private List<RgbImage> made(GenerationJob job, IntConsumer stepped, Runnable beforeDecoding) {
        Generator.Progress progress =
                new Generator.Progress() {
                    @Override
                    public void stepped(
                            int step,
                            int steps,
                            double seconds,
                            Supplier<List<RgbImage>> estimate) {
                        stepped.accept(step);
                    }

                    @Override
                    public void entered(JobStage stage) {
                        if (stage == JobStage.VAE_DECODER) {
                            beforeDecoding.run();
                        }
                    }
                };
        return generator.generate(job, model, progress, new Cancellation()).pictures();
    }

    private Future<List<RgbImage>> submit(
            GenerationJob job, IntConsumer stepped, Runnable beforeDecoding) {
        return threads.submit(() -> made(job, stepped, beforeDecoding));
    }

    private static List<RgbImage> got(Future<List<RgbImage>> pictures)
            throws InterruptedException, ExecutionException, TimeoutException {
        return pictures.get(SOON.toSeconds(), TimeUnit.SECONDS);
    }

    private static List<byte[]> pixels(List<RgbImage> pictures) {
        return pictures.stream().map(RgbImage::pixels).toList();
    }

    private void forget() {
        stages.encodedRows.clear();
        stages.predictedRows.clear();
        stages.decodedRows.clear();
    }

    private void awaitWaiting(int requests) {
        Await.until(SOON, () -> calls.waiting() == requests);
    }

    private static GenerationJob job(
            String prompt,
            SamplerName sampler,
            int steps,
            double guidanceScale,
            long seed,
            int count) {
        return new GenerationJob(
                Jobs.ID,
                TenantName.DEFAULT,
                prompt,
                "b",
                Jobs.MODEL,
                Optional.empty(),
                32,
                32,
                steps,
                sampler,
                guidanceScale,
                seed,
                count,
                Priority.NORMAL,
                Optional.empty());
    }

    /** Where jobs stop until it is opened. */
    private final class Gate {
        private final CountDownLatch opened = new CountDownLatch(1);
        private volatile int arrivals;

        Gate() {
            gates.add(opened);
        }

        void pass() {
            synchronized (this) {
                arrivals++;
            }
            await(opened);
        }

        void awaitArrivals(int jobs) {
            Await.until(SOON, () -> arrivals == jobs);
        }

        void open() {
            opened.countDown();
        }
    }

    /** A call of nobody's that is under way until it is released: what is asked meanwhile waits. */
    private final class Hold {
        private final Gate gate = new Gate();
        private final Future<String> held;

        Hold() {
            held = threads.submit(() -> calls.ask(this, new Held(gate), 1, "held", new Pulse()));
            gate.awaitArrivals(1);
        }

        void release() throws InterruptedException, ExecutionException, TimeoutException {
            gate.open();
            held.get(SOON.toSeconds(), TimeUnit.SECONDS);
        }
    }

    private record Held(Gate gate) implements SharedCalls.Call<String, String> {
        @Override
        public int rows(String request) {
            return 1;
        }

        @Override
        public List<String> answer(List<String> requests) {
            gate.pass();
            return requests;
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
