package dev.darkroom.standalone.benchmark;

import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointManifest;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.GenerationRequest;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.diffusion.pipeline.TextEmbedding;
import dev.darkroom.diffusion.pipeline.TextToImage;
import dev.darkroom.diffusion.sampler.DdimSampler;
import dev.darkroom.diffusion.sampler.Latents;
import dev.darkroom.trainer.importing.DiffusersImporter;
import dev.darkroom.trainer.importing.ImportOptions;
import dev.darkroom.worker.generate.ActivationBudget;
import dev.darkroom.worker.generate.Generator;
import dev.darkroom.worker.life.Cancellation;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.stage.CheckpointStages;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * What a lone job pays for others being able to share its calls: its sampling loop as a worker runs
 * it, and with the model called straight, in turns.
 */
final class LoneJobRun {
    private static final ModelName MODEL = new ModelName("fashion-sd");
    private static final int WARM_UP = 20;
    private static final int RUNS = 40;
    private static final int MEGABYTES = 2048;

    private final Path root;
    private final Consumer<Measurement> results;

    /**
     * @param root the checkout
     */
    LoneJobRun(Path root, Consumer<Measurement> results) {
        this.root = root;
        this.results = results;
    }

    /**
     * @param work an existing folder
     */
    void run(Path work) {
        Path checkpoint = work.resolve("bundled");
        CheckpointManifest manifest =
                new DiffusersImporter(Clock.systemUTC())
                        .importFolder(
                                root.resolve("deploy/models/" + MODEL),
                                MODEL,
                                ImportOptions.NONE,
                                checkpoint,
                                (done, total) -> {});
        CheckpointStages.limitThreads(Runtime.getRuntime().availableProcessors(), 1);
        try (LoadedModel model = LoadedModel.load(manifest.id(), checkpoint)) {
            measure(model);
        }
    }

    private void measure(LoadedModel model) {
        Generator generator = new Generator(new ActivationBudget(MEGABYTES));
        GenerationJob job =
                GenerationRequest.of("a red sneaker")
                        .resolve(JobId.of(new UUID(0, 1)), MODEL, model.configuration());
        List<Double> straight = new ArrayList<>();
        List<Double> shared = new ArrayList<>();
        for (int i = 0; i < WARM_UP + RUNS; i++) {
            double alone = straight(job, model);
            double amongOthers =
                    generator
                            .generate(job, model, Generator.Progress.none(), new Cancellation())
                            .denoiser();
            if (i >= WARM_UP) {
                straight.add(alone);
                shared.add(amongOthers);
            }
        }
        straight.sort(null);
        shared.sort(null);
        double alone = straight.get(RUNS / 2);
        double amongOthers = shared.get(RUNS / 2);
        results.accept(Measurement.of("sampling loop of a lone job", amongOthers, "s"));
        results.accept(
                Measurement.of("  times the model called straight", amongOthers / alone, "x"));
    }

    private static double straight(GenerationJob job, LoadedModel model) {
        CheckpointConfiguration configuration = model.configuration();
        TextEmbedding both =
                model.textEncoder()
                        .encode(
                                new int[][] {
                                    model.tokenizer().encodePadded(job.negativePrompt()),
                                    model.tokenizer().encodePadded(job.prompt())
                                });
        return Timing.once(
                () -> {
                    Latents noise =
                            TextToImage.noise(
                                    new long[] {job.seed()},
                                    job.height() / configuration.downscale(),
                                    job.width() / configuration.downscale(),
                                    configuration.latentChannels());
                    TextToImage.sample(
                            model.noisePredictor(),
                            new DdimSampler(),
                            model.scheduler(),
                            job.steps(),
                            noise,
                            both.rows(1, 2),
                            both.rows(0, 1),
                            job.guidanceScale(),
                            (step, steps, clean) -> {});
                });
    }
}
