package dev.darkroom.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.event.JobOutcome;
import dev.darkroom.contract.event.JobPreview;
import dev.darkroom.contract.event.PreviewRequest;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.storage.ObjectKey;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.diffusion.picture.ImageGrid;
import dev.darkroom.diffusion.picture.PngImage;
import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.platform.kafka.AcquiredRecords;
import dev.darkroom.worker.Await;
import dev.darkroom.worker.FakeStages;
import dev.darkroom.worker.Jobs;
import dev.darkroom.worker.delivery.Previews;
import dev.darkroom.worker.generate.ActivationBudget;
import dev.darkroom.worker.generate.Generator;
import dev.darkroom.worker.life.Cancellation;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Jobs of 25 steps and two pictures, some of which someone wants to see. */
@Timeout(60)
class PreviewTest {
    private static final ObjectKey KEY = ObjectKeys.preview(Jobs.ID);

    private final IntakeRig rig = new IntakeRig();
    private final ControlFeed feed = new ControlFeed(rig.running, rig.delivery::find);

    @Test
    void nobodyAsksAndNothingIsMade() {
        assertThat(rig.handle(IntakeRig.record(1))).isEqualTo(Ending.accept());

        assertThat(rig.stages.decodedRows).as("the pictures alone").containsExactly(2);
        assertThat(rig.store.writes).doesNotContain(KEY);
        assertThat(previews()).isEmpty();
    }

    @Test
    void showsWhatTheNextStepPredicts() {
        CompletableFuture<byte[]> seen = new CompletableFuture<>();
        rig.stages.beforePrediction =
                calls -> {
                    if (calls == 3) {
                        ask();
                    }
                    if (calls > 3 && !seen.isDone() && awaitPreview()) {
                        seen.complete(rig.store.objects.get(KEY));
                    }
                };

        assertThat(rig.handle(IntakeRig.record(1))).isEqualTo(Ending.accept());

        byte[] png = seen.join();
        String text = PngImage.text(png, Previews.KEYWORD).orElseThrow();
        int step = Integer.parseInt(text.split(" ")[1]);
        assertThat(text).isEqualTo("step " + step + " of 25");
        assertThat(step).isGreaterThan(3);
        RgbImage expected = ImageGrid.of(estimate(step), 2, 0, 0);
        assertThat(png).isEqualTo(PngImage.encode(expected, Map.of(Previews.KEYWORD, text)));
        assertThat(previews()).contains(new JobPreview(KEY, step));
        assertThat(rig.store.objects).doesNotContainKey(KEY);
        assertThat(rig.stages.decodedRows)
                .as("each time that the steps have doubled, and at the end")
                .hasSizeBetween(2, 5);
    }

    /** The same job's after a step, from a generator of its own. */
    private static List<RgbImage> estimate(int wanted) {
        List<RgbImage> pictures = new ArrayList<>();
        new Generator(new ActivationBudget(64))
                .generate(
                        IntakeRig.job(),
                        new FakeStages().model(Jobs.CHECKPOINT),
                        (step, steps, seconds, estimate) -> {
                            if (step == wanted) {
                                pictures.addAll(estimate.get());
                            }
                        },
                        new Cancellation());
        return pictures;
    }

    @Test
    void storeThatRefusesPreviewsFailsNoJob() {
        CountDownLatch refused = new CountDownLatch(1);
        rig.store.before =
                operation -> {
                    if (operation.equals("put")) {
                        refused.countDown();
                        throw new DarkroomException(ErrorCode.STORE_UNAVAILABLE, "away");
                    }
                };
        askUntil(refused);

        assertThat(rig.handle(IntakeRig.record(1))).isEqualTo(Ending.accept());

        assertThat(refused.getCount()).isZero();
        assertThat(rig.events.mileStones()).containsExactly("started", "succeeded");
        assertThat(previews()).isEmpty();
        assertThat(progress(25)).as("the last step is told").isTrue();
    }

    /** Its preview comes when the job has ended, and goes at once. */
    @Test
    void storeThatIsSlowKeepsNoJobWaiting() {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        AtomicBoolean removed = new AtomicBoolean();
        rig.store.before =
                operation -> {
                    if (operation.equals("put")) {
                        begun.countDown();
                        await(ended);
                    }
                    removed.compareAndSet(false, isEnded(ended) && operation.equals("delete"));
                };
        askUntil(begun);

        assertThat(rig.handle(IntakeRig.record(1))).isEqualTo(Ending.accept());

        assertThat(begun.getCount()).isZero();
        assertThat(rig.events.mileStones()).containsExactly("started", "succeeded");
        ended.countDown();
        Await.until(() -> removed.get() && !rig.store.objects.containsKey(KEY));
        assertThat(rig.store.writes).contains(KEY);
    }

    @Test
    void decoderThatCannotMakePreviewsFailsNoJob() {
        CountDownLatch failed = new CountDownLatch(1);
        rig.stages.beforeDecoding =
                () -> {
                    if (failed.getCount() > 0) {
                        failed.countDown();
                        throw new DarkroomException(ErrorCode.RESOURCE_EXHAUSTED, "no memory");
                    }
                };
        askUntil(failed);

        assertThat(rig.handle(IntakeRig.record(1))).isEqualTo(Ending.accept());

        assertThat(failed.getCount()).isZero();
        assertThat(rig.events.mileStones()).containsExactly("started", "succeeded");
    }

    @Test
    void cancelledJobLeavesNoPreview() {
        AtomicBoolean cancelled = new AtomicBoolean();
        rig.stages.beforePrediction =
                calls -> {
                    if (calls == 3) {
                        ask();
                    } else if (calls > 3 && !cancelled.get() && awaitPreview()) {
                        cancelled.set(true);
                        rig.delivery.decide(
                                JobOutcome.without(new JobEvent.Cancelled(Jobs.ID, Instant.EPOCH)));
                        feed.accept(AcquiredRecords.control(Jobs.ID.value()));
                    }
                };

        assertThat(rig.handle(IntakeRig.record(1))).isEqualTo(Ending.accept());

        assertThat(rig.store.writes).contains(KEY);
        assertThat(rig.store.objects).containsOnlyKeys(ObjectKeys.outcome(Jobs.ID));
    }

    @Test
    void failedJobLeavesNoPreview() {
        AtomicBoolean seen = new AtomicBoolean();
        rig.stages.beforePrediction =
                calls -> {
                    if (calls == 3) {
                        ask();
                    } else if (calls > 3 && awaitPreview()) {
                        seen.set(true);
                        throw new IllegalStateException("a fault of ours");
                    }
                };

        assertThat(rig.handle(IntakeRig.record(1))).isEqualTo(Ending.reject());

        assertThat(seen).isTrue();
        assertThat(rig.store.objects).containsOnlyKeys(ObjectKeys.outcome(Jobs.ID));
    }

    @Test
    void previewThatAWorkerLeftWhenItDiedGoesWithTheJob() {
        rig.store.objects.put(KEY, new byte[1]);

        assertThat(rig.handle(IntakeRig.record(2))).isEqualTo(Ending.accept());

        assertThat(rig.store.objects)
                .doesNotContainKey(KEY)
                .containsKey(ObjectKeys.result(Jobs.ID));
    }

    @Test
    void jobThatDoesNotRunHereIsNotAskedFor() {
        ask();

        assertThat(rig.handle(IntakeRig.record(1))).isEqualTo(Ending.accept());

        assertThat(rig.store.writes).doesNotContain(KEY);
    }

    private void ask() {
        byte[] request = Json.write(new PreviewRequest(Jobs.ID, Instant.EPOCH));
        feed.accept(AcquiredRecords.control(Jobs.ID.value(), request));
    }

    /** Before the fourth step, which waits until something was tried. */
    private void askUntil(CountDownLatch tried) {
        rig.stages.beforePrediction =
                calls -> {
                    if (calls == 0) {
                        ask();
                    } else if (calls == 1) {
                        await(tried);
                    }
                };
    }

    /** Longer than progress is not told again; the step before may have been too early. */
    private boolean awaitPreview() {
        long end = System.nanoTime() + 300_000_000L;
        Await.until(() -> rig.store.objects.containsKey(KEY) || System.nanoTime() > end);
        return rig.store.objects.containsKey(KEY);
    }

    private List<JobPreview> previews() {
        return rig.events.events.stream()
                .filter(JobEvent.Progress.class::isInstance)
                .flatMap(event -> ((JobEvent.Progress) event).preview().stream())
                .toList();
    }

    private boolean progress(int step) {
        return rig.events.events.stream()
                .anyMatch(
                        event ->
                                event instanceof JobEvent.Progress progress
                                        && progress.step() == step);
    }

    private static boolean isEnded(CountDownLatch latch) {
        return latch.getCount() == 0;
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
