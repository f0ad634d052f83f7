package dev.darkroom.standalone.benchmark;

import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.json.Json;
import dev.darkroom.diffusion.pipeline.TextEmbedding;
import dev.darkroom.diffusion.sampler.Latents;
import dev.darkroom.network.checkpoint.ConfigurationFile;
import dev.darkroom.network.clip.ClipTextConfiguration;
import dev.darkroom.network.unet.UnetConfiguration;
import dev.darkroom.network.vae.VaeConfiguration;
import dev.darkroom.trainer.importing.DiffusersImporter;
import dev.darkroom.trainer.importing.ImportOptions;
import dev.darkroom.worker.stage.CheckpointStages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.function.Consumer;

/** Stable Diffusion 1.5's shape, imported and run as a worker would. */
final class StableDiffusionRun {
    private static final int[] BATCHES = {1, 2};

    private final Path source;
    private final int repeats;
    private final Consumer<Measurement> results;

    StableDiffusionRun(Path source, int repeats, Consumer<Measurement> results) {
        this.source = source;
        this.repeats = repeats;
        this.results = results;
    }

    void run(Path work) throws IOException {
        Path checkpoint = work.resolve("checkpoint");
        double seconds =
                Timing.once(
                        () ->
                                new DiffusersImporter(Clock.systemUTC())
                                        .importFolder(
                                                source,
                                                new ModelName("random-sd15"),
                                                ImportOptions.NONE,
                                                checkpoint,
                                                (done, total) -> {}));
        results.accept(Measurement.of("SD 1.5 import", seconds, "s"));
        peak("SD 1.5 peak RSS after the import");
        CheckpointConfiguration configuration =
                Json.readTolerant(
                        Files.readAllBytes(checkpoint.resolve(CheckpointConfiguration.FILE)),
                        CheckpointConfiguration.class);
        CheckpointStages.limitThreads(Runtime.getRuntime().availableProcessors(), 1);
        long start = System.nanoTime();
        try (CheckpointStages stages = CheckpointStages.load(checkpoint, configuration)) {
            results.accept(Measurement.of("SD 1.5 load", (System.nanoTime() - start) / 1e9, "s"));
            for (int batch : BATCHES) {
                measure(stages, configuration, batch);
            }
        }
        peak("SD 1.5 peak RSS of import and run");
    }

    private void measure(
            CheckpointStages stages, CheckpointConfiguration configuration, int batch) {
        UnetConfiguration unet =
                UnetConfiguration.of(ConfigurationFile.read(source, "unet/config.json"));
        VaeConfiguration vae =
                VaeConfiguration.of(ConfigurationFile.read(source, "vae/config.json"));
        ClipTextConfiguration text =
                ClipTextConfiguration.of(
                        ConfigurationFile.read(source, "text_encoder/config.json"));
        int tokens = configuration.tokenizer().maxLength();
        int height = configuration.defaults().height() / configuration.downscale();
        int width = configuration.defaults().width() / configuration.downscale();
        int[][] ids = new int[batch][tokens];
        TextEmbedding embedding = stages.encode(ids);
        Latents latents =
                new Latents(
                        batch,
                        height,
                        width,
                        configuration.latentChannels(),
                        new float[batch * height * width * configuration.latentChannels()]);
        float[] timesteps = new float[batch];
        Arrays.fill(timesteps, 500);
        String suffix = ", batch " + batch;
        results.accept(
                Measurement.rate(
                        "SD 1.5 text encoding" + suffix,
                        Timing.fastest(repeats, () -> stages.encode(ids)),
                        FlopCount.textEncoder(text, batch, tokens)));
        results.accept(
                Measurement.rate(
                        "SD 1.5 UNet step" + suffix,
                        Timing.fastest(
                                repeats, () -> stages.predict(latents, timesteps, embedding)),
                        FlopCount.unet(unet, batch, height, width, tokens)));
        results.accept(
                Measurement.rate(
                        "SD 1.5 VAE decode" + suffix,
                        Timing.fastest(repeats, () -> stages.decode(latents)),
                        FlopCount.vaeDecoder(vae, batch, height, width)));
    }

    private void peak(String name) {
        ResidentMemory.peak(ProcessHandle.current().pid())
                .ifPresent(peak -> results.accept(Measurement.of(name, peak, "GB")));
    }
}
