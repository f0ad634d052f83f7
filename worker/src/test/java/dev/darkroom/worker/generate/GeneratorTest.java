package dev.darkroom.worker.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.Priority;
import dev.darkroom.contract.job.SamplerName;
import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.worker.FakeStages;
import dev.darkroom.worker.Jobs;
import dev.darkroom.worker.life.Cancellation;
import dev.darkroom.worker.life.Pulse;
import dev.darkroom.worker.model.LoadedModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GeneratorTest {
    private final FakeStages stages = new FakeStages();
    private final LoadedModel model = stages.model(Jobs.CHECKPOINT);
    private final Generator generator = new Generator(new ActivationBudget(2048));

    @Test
    void guidanceCostsTwoRows() {
        generate(generator, job(3, 2, SamplerName.DDIM));

        assertThat(stages.encodedRows).containsExactly(2);
        assertThat(stages.predictedRows).containsOnly(4).hasSize(25);
        assertThat(stages.decodedRows).containsExactly(2);
    }

    @Test
    void guidanceOneCostsOneRow() {
        generate(generator, job(1, 1, SamplerName.DDIM));

        assertThat(stages.encodedRows).containsExactly(1);
        assertThat(stages.predictedRows).containsOnly(1).hasSize(25);
    }

    @ParameterizedTest
    @EnumSource(SamplerName.class)
    void batchEqualsItsPicturesOneByOne(SamplerName sampler) {
        List<RgbImage> together = generate(generator, job(3, 4, sampler));
        for (int i = 0; i < 4; i++) {
            GenerationJob job = job(3, 1, sampler);
            List<RgbImage> alone = generate(generator, withSeed(job, job.seed() + i));
            assertThat(alone.get(0).pixels()).isEqualTo(together.get(i).pixels());
        }
    }

    @Test
    void smallBudgetSplitsCallsAndChangesNothing() {
        // 4 heads x 64 tokens squared twice, and 5120 channels of 64: 1.4 MB a row.
        Generator tight = new Generator(new ActivationBudget(4));
        List<RgbImage> expected = generate(generator, job(3, 4, SamplerName.EULER));
        stages.predictedRows.clear();
        stages.decodedRows.clear();

        List<RgbImage> pictures = generate(tight, job(3, 4, SamplerName.EULER));

        assertThat(stages.predictedRows.subList(0, 4)).containsExactly(2, 2, 2, 2);
        assertThat(stages.decodedRows).hasSize(4);
        for (int i = 0; i < 4; i++) {
            assertThat(pictures.get(i).pixels()).isEqualTo(expected.get(i).pixels());
        }
    }

    @Test
    void tellsEveryStep() {
        List<Integer> steps = new ArrayList<>();

        generator.generate(
                job(3, 2, SamplerName.DPMPP_2M_KARRAS),
                model,
                (step, all, seconds, estimate) -> {
                    assertThat(all).isEqualTo(25);
                    assertThat(seconds).isNotNegative();
                    steps.add(step);
                },
                new Cancellation());

        assertThat(steps).hasSize(25).isSorted().endsWith(25);
    }

    @Test
    void cancelledJobEndsBeforeTheNextCall() {
        Cancellation cancellation = new Cancellation();
        stages.beforePrediction =
                calls -> {
                    if (calls == 2) {
                        cancellation.cancel(
                                new DarkroomException(ErrorCode.LOCK_LOST, "another has it"));
                    }
                };

        assertThatThrownBy(
                        () ->
                                generator.generate(
                                        job(3, 1, SamplerName.DDIM),
                                        model,
                                        Generator.Progress.none(),
                                        cancellation))
                .isInstanceOfSatisfying(
                        DarkroomException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.LOCK_LOST));
        assertThat(stages.predictedRows).hasSize(3);
    }

    @Test
    void warmUpRunsEveryStageWithGuidance() {
        generator.warmUp(model, new Pulse());

        assertThat(stages.encodedRows).containsExactly(2);
        assertThat(stages.predictedRows).containsExactly(2, 2);
        assertThat(stages.decodedRows).containsExactly(1);
    }

    @Test
    void modelThatCannotMakeAPictureIsCorrupt() {
        stages.beforePrediction =
                calls -> {
                    throw new DarkroomException(ErrorCode.GENERATION_FAILED, "unet made NaN");
                };

        assertThatThrownBy(() -> generator.warmUp(model, new Pulse()))
                .isInstanceOfSatisfying(
                        DarkroomException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.CORRUPT_CHECKPOINT))
                .hasMessageContaining("unet made NaN");
    }

    @Test
    void modelThatMakesOneColourIsCorrupt() {
        stages.onlyGrey = true;

        assertThatThrownBy(() -> generator.warmUp(model, new Pulse()))
                .isInstanceOfSatisfying(
                        DarkroomException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.CORRUPT_CHECKPOINT))
                .hasMessageContaining("one colour");
    }

    private List<RgbImage> generate(Generator with, GenerationJob job) {
        return with.generate(job, model, Generator.Progress.none(), new Cancellation()).pictures();
    }

    private static GenerationJob job(double guidanceScale, int count, SamplerName sampler) {
        return Jobs.job(Jobs.ID, "a", "b", sampler, guidanceScale, count);
    }

    private static GenerationJob withSeed(GenerationJob job, long seed) {
        return new GenerationJob(
                job.id(),
                TenantName.DEFAULT,
                job.prompt(),
                job.negativePrompt(),
                job.model(),
                Optional.empty(),
                job.width(),
                job.height(),
                job.steps(),
                job.sampler(),
                job.guidanceScale(),
                seed,
                job.count(),
                Priority.NORMAL,
                Optional.empty());
    }
}
