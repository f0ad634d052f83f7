package dev.darkroom.worker.generate;

import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.GenerationRequest;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.JobStage;
import dev.darkroom.contract.job.SamplerName;
import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.diffusion.pipeline.TextEmbedding;
import dev.darkroom.diffusion.pipeline.TextToImage;
import dev.darkroom.diffusion.sampler.DdimSampler;
import dev.darkroom.diffusion.sampler.DpmSolverSampler;
import dev.darkroom.diffusion.sampler.EulerSampler;
import dev.darkroom.diffusion.sampler.Latents;
import dev.darkroom.diffusion.sampler.Sampler;
import dev.darkroom.diffusion.schedule.SchedulerConfiguration;
import dev.darkroom.worker.life.Cancellation;
import dev.darkroom.worker.life.Pulse;
import dev.darkroom.worker.model.LoadedModel;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.LongStream;

/**
 * Makes the pictures of jobs, for any number of jobs at once. A picture is a function of job and
 * model: which other jobs shared its calls changes values in their last digits, as the size of a
 * batch does.
 */
public final class Generator {
    /** Told of sampling steps, on the thread that generates. */
    @FunctionalInterface
    public interface Progress {
        /**
         * @param step steps done, from 1
         * @param steps steps in all
         * @param seconds since the step before
         * @param estimate what the pictures would be if this step were the last, as small as the
         *     latents and of about their colours; computed where it is asked for, which now and
         *     then takes a small call of the decoder. Only for the thread and the time of this call
         */
        void stepped(int step, int steps, double seconds, Supplier<List<RgbImage>> estimate);

        /** A stage begins. */
        default void entered(JobStage stage) {}

        static Progress none() {
            return (step, steps, seconds, estimate) -> {};
        }
    }

    private static final double NANOS = 1e9;

    private final ActivationBudget budget;
    private final SharedCalls calls;

    public Generator(ActivationBudget budget) {
        this(budget, new SharedCalls());
    }

    Generator(ActivationBudget budget, SharedCalls calls) {
        this.budget = budget;
        this.calls = calls;
    }

    /**
     * Passes jobs whose sampler can take that many steps with the model; sizes are checked where a
     * job is resolved.
     *
     * @throws DarkroomException {@link ErrorCode#INVALID_REQUEST}
     */
    public static void requirePossible(GenerationJob job, CheckpointConfiguration configuration) {
        SchedulerConfiguration scheduler;
        try {
            scheduler = SchedulerConfiguration.of(configuration.scheduler());
        } catch (IllegalArgumentException e) {
            throw new DarkroomException(
                    ErrorCode.CORRUPT_CHECKPOINT, String.valueOf(e.getMessage()), e);
        }
        try {
            sampler(job.sampler()).requireSteps(scheduler, job.steps());
        } catch (IllegalArgumentException e) {
            throw new DarkroomException(
                    ErrorCode.INVALID_REQUEST, String.valueOf(e.getMessage()), e);
        }
    }

    /**
     * @throws DarkroomException GENERATION_FAILED or RESOURCE_EXHAUSTED naming the stage, or the
     *     reason of the cancellation
     */
    public Generation generate(
            GenerationJob job, LoadedModel model, Progress progress, Cancellation cancellation) {
        return generate(
                job,
                model,
                new BatchingStages(calls, model, budget, cancellation),
                progress,
                cancellation);
    }

    private static Generation generate(
            GenerationJob job,
            LoadedModel model,
            BatchingStages stages,
            Progress progress,
            Cancellation cancellation) {
        CheckpointConfiguration configuration = model.configuration();
        int height = job.height() / configuration.downscale();
        int width = job.width() / configuration.downscale();

        progress.entered(JobStage.TEXT_ENCODER);
        long begin = System.nanoTime();
        // Guidance 1 is no guidance: the negative prompt has no say.
        boolean guided = job.guidanceScale() > 1;
        int[] promptIds = model.tokenizer().encodePadded(job.prompt());
        TextEmbedding text;
        TextEmbedding negativeText;
        if (guided) {
            int[] negativeIds = model.tokenizer().encodePadded(job.negativePrompt());
            TextEmbedding both = stages.encode(new int[][] {negativeIds, promptIds});
            negativeText = both.rows(0, 1);
            text = both.rows(1, 2);
        } else {
            text = stages.encode(new int[][] {promptIds});
            negativeText = text;
        }
        long encoded = System.nanoTime();
        progress.entered(JobStage.UNET);

        long[] seeds = LongStream.range(job.seed(), job.seed() + job.count()).toArray();
        Latents noise = TextToImage.noise(seeds, height, width, configuration.latentChannels());
        Estimator estimator = new Estimator(stages::decode);
        long[] lastStep = {encoded};
        Latents latents;
        try (BatchingDenoiser denoiser = stages.denoiser(height, width)) {
            latents =
                    TextToImage.sample(
                            denoiser,
                            sampler(job.sampler()),
                            model.scheduler(),
                            job.steps(),
                            noise,
                            text,
                            negativeText,
                            job.guidanceScale(),
                            (step, steps, clean) -> {
                                cancellation.check();
                                long now = System.nanoTime();
                                progress.stepped(
                                        step,
                                        steps,
                                        (now - lastStep[0]) / NANOS,
                                        () -> estimator.pictures(step, clean));
                                lastStep[0] = now;
                            });
        }
        long sampled = System.nanoTime();
        progress.entered(JobStage.VAE_DECODER);

        List<RgbImage> pictures = stages.decode(latents);
        return new Generation(
                pictures,
                (encoded - begin) / NANOS,
                (sampled - encoded) / NANOS,
                (System.nanoTime() - sampled) / NANOS);
    }

    /**
     * Makes the smallest picture that the model can make with guidance, in two steps, and throws it
     * away: all stages have run once, and a model that cannot is found out. Stages refuse to give
     * values that are not finite; a picture of one colour is what weights give that are all zero or
     * far too large.
     *
     * @param pulse shown that it goes on
     * @throws DarkroomException {@link ErrorCode#CORRUPT_CHECKPOINT} where it makes no picture
     */
    public void warmUp(LoadedModel model, Pulse pulse) {
        int side = warmUpSide(model.configuration());
        GenerationRequest request =
                new GenerationRequest(
                        Optional.empty(),
                        "warm up",
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(side),
                        Optional.of(side),
                        Optional.of(2),
                        Optional.empty(),
                        Optional.of(2.0),
                        Optional.of(0L),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty());
        GenerationJob job =
                request.resolve(
                        JobId.of(new UUID(0, 0)), model.id().model(), model.configuration());
        Cancellation never = new Cancellation(pulse);
        // In calls of its own: jobs would wait for what a first run costs.
        BatchingStages stages = new BatchingStages(new SharedCalls(), model, budget, never);
        try {
            generate(job, model, stages, Progress.none(), never)
                    .pictures()
                    .forEach(picture -> requirePicture(picture, side));
        } catch (DarkroomException e) {
            if (e.code() != ErrorCode.GENERATION_FAILED) {
                throw e;
            }
            throw new DarkroomException(
                    ErrorCode.CORRUPT_CHECKPOINT,
                    "checkpoint " + model.id() + " cannot make a picture: " + e.reason(),
                    e);
        }
    }

    private static void requirePicture(RgbImage picture, int side) {
        byte[] pixels = picture.pixels();
        if (picture.width() != side || picture.height() != side) {
            throw new DarkroomException(
                    ErrorCode.GENERATION_FAILED,
                    "asked for "
                            + side
                            + "x"
                            + side
                            + " pixels it made "
                            + picture.width()
                            + "x"
                            + picture.height());
        }
        boolean plain = true;
        for (int i = 3; i < pixels.length && plain; i++) {
            plain = pixels[i] == pixels[i - 3];
        }
        if (plain) {
            throw new DarkroomException(
                    ErrorCode.GENERATION_FAILED, "its picture is of one colour");
        }
    }

    /** Eight latents each way where the model makes so many: every level of a UNet can halve. */
    private static int warmUpSide(CheckpointConfiguration configuration) {
        int least = Math.min(configuration.defaults().width(), configuration.defaults().height());
        int wanted = 8 * configuration.downscale();
        return Math.min(wanted, least);
    }

    private static Sampler sampler(SamplerName name) {
        return switch (name) {
            case DDIM -> new DdimSampler();
            case EULER -> new EulerSampler();
            case DPMPP_2M_KARRAS -> new DpmSolverSampler();
        };
    }
}
