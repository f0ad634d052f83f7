package dev.darkroom.trainer.importing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointFile;
import dev.darkroom.contract.checkpoint.CheckpointManifest;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.checkpoint.Stage;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.job.SamplerName;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.storage.Sha256;
import dev.darkroom.diffusion.schedule.SchedulerConfiguration;
import dev.darkroom.testing.Checkout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiffusersImporterTest {
    private static final ModelName NAME = new ModelName("fashion-sd");
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05.678Z");

    @TempDir Path folder;

    private final DiffusersImporter importer = new DiffusersImporter(InstantSource.fixed(NOW));

    private CheckpointManifest importBundled(Path target, ImportOptions options) {
        return importer.importFolder(
                Checkout.bundledModel(), NAME, options, target, (done, total) -> {});
    }

    @Test
    void writesEveryStageTokenizerConfigurationAndAManifestOfThemAll() throws Exception {
        Path target = folder.resolve("made/on/the/way");

        CheckpointManifest manifest = importBundled(target, ImportOptions.NONE);

        assertThat(
                        Json.read(
                                Files.readAllBytes(target.resolve("manifest.json")),
                                CheckpointManifest.class))
                .isEqualTo(manifest);
        assertThat(manifest.createdAt()).isEqualTo(NOW);
        assertThat(manifest.source()).isEqualTo("fashion-sd");
        List<String> onDisk = new ArrayList<>();
        try (Stream<Path> tree = Files.walk(target)) {
            tree.filter(Files::isRegularFile)
                    .map(file -> target.relativize(file).toString())
                    .forEach(onDisk::add);
        }
        onDisk.remove("manifest.json");
        assertThat(manifest.files())
                .extracting(CheckpointFile::path)
                .containsExactlyInAnyOrderElementsOf(onDisk);
        for (CheckpointFile file : manifest.files()) {
            Path path = target.resolve(file.path());
            assertThat(Files.size(path)).isEqualTo(file.size());
            assertThat(Sha256.of(path)).isEqualTo(file.sha256());
        }
        for (Stage stage : Stage.values()) {
            assertThat(target.resolve(stage.folder()).resolve("saved_model.pb")).exists();
        }
        try (Stream<Path> entries = Files.list(target.getParent())) {
            assertThat(entries).containsExactly(target);
        }
    }

    @Test
    void takesEveryNumberFromTheFolder() throws Exception {
        importBundled(folder.resolve("c"), ImportOptions.NONE);

        CheckpointConfiguration configuration =
                Json.read(
                        Files.readAllBytes(folder.resolve("c/configuration.json")),
                        CheckpointConfiguration.class);

        assertThat(configuration.tokenizer())
                .isEqualTo(
                        new CheckpointConfiguration.Tokenizer(
                                24,
                                "<|startoftext|>",
                                "<|endoftext|>",
                                "<|endoftext|>",
                                "<|endoftext|>"));
        assertThat(configuration.latentChannels()).isEqualTo(4);
        assertThat(configuration.downscale()).isEqualTo(4);
        assertThat(configuration.scalingFactor())
                .isEqualTo(
                        Json.tree(
                                        Files.readAllBytes(
                                                Checkout.bundledModel().resolve("vae/config.json")))
                                .path("scaling_factor")
                                .doubleValue());
        assertThat(configuration.textWidth()).isEqualTo(64);
        assertThat(configuration.attentionHeads()).isEqualTo(4);
        assertThat(configuration.attentionDownscale()).isEqualTo(2);
        assertThat(configuration.scheduler())
                .containsEntry("beta_end", 0.012)
                .containsEntry("steps_offset", 1);
        assertThat(configuration.defaults())
                .as("guidance from darkroom.json, the rest usual")
                .isEqualTo(new CheckpointConfiguration.Defaults(32, 32, 25, SamplerName.DDIM, 2));
    }

    @Test
    void prefersWhatItIsToldToTheFoldersSuggestions() throws Exception {
        importBundled(
                folder.resolve("c"),
                new ImportOptions(
                        Optional.of(9), Optional.of(SamplerName.EULER), Optional.of(1.5)));

        CheckpointConfiguration configuration =
                Json.read(
                        Files.readAllBytes(folder.resolve("c/configuration.json")),
                        CheckpointConfiguration.class);
        assertThat(configuration.defaults())
                .isEqualTo(new CheckpointConfiguration.Defaults(32, 32, 9, SamplerName.EULER, 1.5));
    }

    @Test
    void givesTheSameVersionAndTheSameBytesForTheSameFolder() {
        CheckpointManifest first = importBundled(folder.resolve("a"), ImportOptions.NONE);
        CheckpointManifest second = importBundled(folder.resolve("b"), ImportOptions.NONE);
        CheckpointManifest other =
                importBundled(
                        folder.resolve("c"),
                        new ImportOptions(Optional.of(9), Optional.empty(), Optional.empty()));

        assertThat(second).isEqualTo(first);
        assertThat(other.version()).isNotEqualTo(first.version());
    }

    @Test
    void givesAnotherVersionToOtherGraphsOfTheSameWeights() {
        CheckpointManifest manifest = importBundled(folder.resolve("a"), ImportOptions.NONE);
        List<CheckpointFile> files = new ArrayList<>(manifest.files());
        files.replaceAll(
                file ->
                        file.path().equals("unet/saved_model.pb")
                                ? new CheckpointFile(file.path(), file.size(), "0".repeat(64))
                                : file);

        assertThat(files).isNotEqualTo(manifest.files());
        assertThat(DiffusersImporter.version(manifest.files())).isEqualTo(manifest.version());
        assertThat(DiffusersImporter.version(files)).isNotEqualTo(manifest.version());
    }

    @Test
    void givesTheSameVersionWhereTheSourceDiffersInNothingThatCounts() throws Exception {
        Path source = copyOfTheBundled();
        Files.writeString(
                source.resolve("model_index.json"),
                Files.readString(source.resolve("model_index.json")) + "\n\n");

        CheckpointManifest manifest =
                importer.importFolder(
                        source, NAME, ImportOptions.NONE, folder.resolve("a"), (done, total) -> {});

        assertThat(manifest.version())
                .isEqualTo(importBundled(folder.resolve("b"), ImportOptions.NONE).version());
    }

    @Test
    void tellsASourceThatCannotBeReadFromATargetThatCannotBeWritten() throws Exception {
        Path source = copyOfTheBundled();
        String weights = "vae/diffusion_pytorch_model.safetensors";

        DarkroomException refusal =
                catchThrowableOfType(
                        DarkroomException.class,
                        () ->
                                importer.importFolder(
                                        source,
                                        NAME,
                                        ImportOptions.NONE,
                                        folder.resolve("c"),
                                        (done, total) -> truncate(source.resolve(weights))));

        assertThat(refusal.code()).isEqualTo(ErrorCode.INVALID_CHECKPOINT);
        assertThat(refusal.reason()).contains("ended while it was read");
    }

    private static void truncate(Path file) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void importsACheckpointWithClipsOwnVocabulary() throws Exception {
        Optional<Path> source = Checkout.reference("goldens/checkpoints/tiny-sd15");
        Assumptions.assumeTrue(source.isPresent(), "reference data absent");

        importer.importFolder(
                source.get(), NAME, ImportOptions.NONE, folder.resolve("c"), (done, total) -> {});

        CheckpointConfiguration configuration =
                Json.read(
                        Files.readAllBytes(folder.resolve("c/configuration.json")),
                        CheckpointConfiguration.class);
        assertThat(configuration.tokenizer().padToken()).isEqualTo("<|endoftext|>");
        assertThat(configuration.attentionHeads()).isEqualTo(8);
        assertThat(configuration.downscale()).isEqualTo(2);
        assertThat(configuration.defaults().guidanceScale()).isEqualTo(7.5);
    }

    @Test
    void keepsAnInfinityOfTheSchedulerForItsReaders() throws Exception {
        Path source = copyOfTheBundled();
        Files.writeString(
                source.resolve("scheduler/scheduler_config.json"),
                """
                {
                  "_class_name": "DPMSolverMultistepScheduler",
                  "_diffusers_version": "0.36.0",
                  "algorithm_type": "dpmsolver++",
                  "beta_end": 0.012,
                  "beta_schedule": "scaled_linear",
                  "beta_start": 0.00085,
                  "dynamic_thresholding_ratio": 0.995,
                  "euler_at_final": false,
                  "final_sigmas_type": "zero",
                  "flow_shift": 1.0,
                  "lambda_min_clipped": -Infinity,
                  "lower_order_final": true,
                  "num_train_timesteps": 1000,
                  "prediction_type": "epsilon",
                  "rescale_betas_zero_snr": false,
                  "sample_max_value": 1.0,
                  "solver_order": 2,
                  "solver_type": "midpoint",
                  "steps_offset": 1,
                  "thresholding": false,
                  "time_shift_type": "exponential",
                  "timestep_spacing": "leading",
                  "trained_betas": null,
                  "use_beta_sigmas": false,
                  "use_dynamic_shifting": false,
                  "use_exponential_sigmas": false,
                  "use_flow_sigmas": false,
                  "use_karras_sigmas": false,
                  "use_lu_lambdas": false,
                  "variance_type": null
                }
                """);

        importer.importFolder(
                source, NAME, ImportOptions.NONE, folder.resolve("c"), (done, total) -> {});

        CheckpointConfiguration configuration =
                Json.readTolerant(
                        Files.readAllBytes(folder.resolve("c/configuration.json")),
                        CheckpointConfiguration.class);
        assertThat(
                        SchedulerConfiguration.of(configuration.scheduler())
                                .dpmSolver()
                                .lambdaMinClipped())
                .isEqualTo(Double.NEGATIVE_INFINITY);
    }

    private Path copyOfTheBundled() throws IOException {
        Path source = folder.resolve("source");
        try (Stream<Path> tree = Files.walk(Checkout.bundledModel())) {
            for (Path path : tree.toList()) {
                Files.copy(path, source.resolve(Checkout.bundledModel().relativize(path)));
            }
        }
        return source;
    }

    @Test
    void tellsHowFarItIs() {
        List<Long> done = new ArrayList<>();
        List<Long> total = new ArrayList<>();
        importer.importFolder(
                Checkout.bundledModel(),
                NAME,
                ImportOptions.NONE,
                folder.resolve("c"),
                (d, t) -> {
                    done.add(d);
                    total.add(t);
                });

        assertThat(done).isSorted().hasSizeGreaterThanOrEqualTo(Stage.values().length);
        assertThat(total).containsOnly(done.get(done.size() - 1));
    }
}
