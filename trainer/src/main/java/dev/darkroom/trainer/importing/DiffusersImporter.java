package dev.darkroom.trainer.importing;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointFile;
import dev.darkroom.contract.checkpoint.CheckpointManifest;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.checkpoint.Stage;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.error.Excerpt;
import dev.darkroom.contract.job.GenerationRequest;
import dev.darkroom.contract.job.SamplerName;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.storage.Sha256;
import dev.darkroom.diffusion.schedule.SchedulerConfiguration;
import dev.darkroom.network.checkpoint.ConfigurationFile;
import dev.darkroom.network.export.DiffusersCheckpoint;
import dev.darkroom.network.export.DiffusersFiles;
import dev.darkroom.network.export.DiffusersNetworks;
import dev.darkroom.network.unet.UnetConfiguration;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Makes a Darkroom checkpoint of a Stable Diffusion checkpoint in the Hugging Face diffusers folder
 * layout. What it cannot follow exactly it refuses, by name; a refused checkpoint leaves nothing
 * behind.
 */
public final class DiffusersImporter {
    private static final String MODEL_INDEX = "model_index.json";

    /**
     * DDIM as Stable Diffusion was published with, the guidance of diffusers' pipeline, and half of
     * its 50 steps.
     */
    private static final ImportOptions USUAL =
            new ImportOptions(Optional.of(25), Optional.of(SamplerName.DDIM), Optional.of(7.5));

    private static final Map<String, List<String>> CLASSES =
            Map.of(
                    "text_encoder", List.of("CLIPTextModel"),
                    "tokenizer", List.of("CLIPTokenizer", "CLIPTokenizerFast"),
                    "unet", List.of("UNet2DConditionModel", UnetConfiguration.EFFICIENT),
                    "vae", List.of("AutoencoderKL"));

    private final InstantSource clock;

    public DiffusersImporter(InstantSource clock) {
        this.clock = clock;
    }

    /**
     * @param source the checkpoint's folder; symbolic links in it are followed
     * @param target the folder to make; must not exist
     * @return the manifest, as it was written last into the folder
     * @throws DarkroomException {@link ErrorCode#INVALID_CHECKPOINT} naming the file and the key or
     *     tensor that cannot be followed
     */
    public CheckpointManifest importFolder(
            Path source,
            ModelName name,
            ImportOptions options,
            Path target,
            ImportProgress progress) {
        requirePipeline(ConfigurationFile.read(source, MODEL_INDEX));
        ImportOptions defaults = options.or(suggested(source)).or(USUAL);
        Map<String, Object> scheduler = scheduler(source);
        try (DiffusersCheckpoint checkpoint = DiffusersCheckpoint.open(source)) {
            DiffusersNetworks networks = checkpoint.networks();
            TokenizerFolder tokenizer =
                    TokenizerFolder.read(
                            source, networks.text().vocabulary(), networks.text().positions());
            CheckpointConfiguration configuration =
                    configuration(networks, tokenizer, scheduler, defaults);
            try (CheckpointFolder folder = new CheckpointFolder(target)) {
                folder.write(CheckpointConfiguration.FILE, Json.writePretty(configuration));
                folder.write(CheckpointConfiguration.VOCABULARY_FILE, tokenizer.vocabulary());
                folder.write(CheckpointConfiguration.MERGES_FILE, tokenizer.merges());
                for (Map.Entry<String, byte[]> kept :
                        DiffusersFiles.read(source).kept().entrySet()) {
                    folder.write(kept.getKey(), kept.getValue());
                }
                export(checkpoint, folder, progress);
                List<CheckpointFile> files = folder.files();
                CheckpointManifest manifest =
                        new CheckpointManifest(
                                CheckpointManifest.FORMAT,
                                name,
                                version(files),
                                String.valueOf(source.toAbsolutePath().normalize().getFileName()),
                                clock.instant().truncatedTo(ChronoUnit.MILLIS),
                                files);
                folder.write(CheckpointConfiguration.MANIFEST_FILE, Json.writePretty(manifest));
                folder.keep();
                return manifest;
            }
        } catch (IOException e) {
            throw new DarkroomException(
                    ErrorCode.RESOURCE_EXHAUSTED, "the checkpoint cannot be written: " + e, e);
        }
    }

    private static void requirePipeline(ConfigurationFile index) {
        index.choice(
                "_class_name",
                "",
                Map.of("StableDiffusionPipeline", true, "StableDiffusionImg2ImgPipeline", true));
        CLASSES.forEach(
                (part, supported) -> {
                    JsonNode entry = index.tree().path(part);
                    if (!supported.contains(entry.path(1).asText())) {
                        throw index.refuse(part, String.join(", ", supported));
                    }
                });
    }

    private static ImportOptions suggested(Path source) {
        return ConfigurationFile.readIfPresent(source, DiffusersFiles.DEFAULTS)
                .map(
                        file ->
                                new ImportOptions(
                                        present(
                                                file,
                                                "steps",
                                                key ->
                                                        file.integer(
                                                                key,
                                                                0,
                                                                1,
                                                                GenerationRequest.MAX_STEPS)),
                                        present(file, "sampler", key -> sampler(file, key)),
                                        present(
                                                file,
                                                "guidanceScale",
                                                key ->
                                                        file.number(
                                                                key,
                                                                0,
                                                                1,
                                                                GenerationRequest.MAX_GUIDANCE))))
                .orElse(ImportOptions.NONE);
    }

    private static SamplerName sampler(ConfigurationFile file, String key) {
        return file.choice(
                key,
                "",
                Arrays.stream(SamplerName.values())
                        .collect(Collectors.toMap(SamplerName::wireName, Function.identity())));
    }

    private static <T> Optional<T> present(
            ConfigurationFile file, String key, Function<String, T> read) {
        return file.has(key) ? Optional.of(read.apply(key)) : Optional.empty();
    }

    private static Map<String, Object> scheduler(Path source) {
        ConfigurationFile file = ConfigurationFile.read(source, DiffusersFiles.SCHEDULER);
        Map<String, Object> options =
                Json.mapper().convertValue(file.tree(), new TypeReference<>() {});
        try {
            SchedulerConfiguration.of(options);
        } catch (IllegalArgumentException e) {
            throw new DarkroomException(
                    ErrorCode.INVALID_CHECKPOINT,
                    DiffusersFiles.SCHEDULER
                            + ": "
                            + Excerpt.of(String.valueOf(e.getMessage()), 300),
                    e);
        }
        return options;
    }

    private static CheckpointConfiguration configuration(
            DiffusersNetworks networks,
            TokenizerFolder tokenizer,
            Map<String, Object> scheduler,
            ImportOptions defaults) {
        int downscale = networks.vae().downscale();
        UnetConfiguration unet = networks.unet();
        Optional<Integer> attention = unet.finestAttentionLevel();
        Map<String, Long> parameters = new LinkedHashMap<>();
        for (Stage stage : Stage.values()) {
            parameters.put(stage.folder(), networks.parameterCount(stage));
        }
        return new CheckpointConfiguration(
                tokenizer.configuration(),
                scheduler,
                networks.vae().latentChannels(),
                downscale,
                networks.vae().scalingFactor(),
                networks.text().width(),
                attention.map(level -> unet.levels().get(level).heads()).orElse(0),
                attention.map(unet::downscale).orElse(1),
                parameters,
                new CheckpointConfiguration.Defaults(
                        unet.nativeWidth() * downscale,
                        unet.nativeHeight() * downscale,
                        defaults.steps().orElseThrow(),
                        defaults.sampler().orElseThrow(),
                        defaults.guidanceScale().orElseThrow()));
    }

    private static void export(
            DiffusersCheckpoint checkpoint, CheckpointFolder folder, ImportProgress progress)
            throws IOException {
        long total =
                Arrays.stream(Stage.values())
                        .mapToLong(checkpoint.networks()::parameterCount)
                        .sum();
        AtomicLong done = new AtomicLong();
        for (Stage stage : Stage.values()) {
            checkpoint.export(
                    stage,
                    folder.resolve(stage.folder()),
                    written -> progress.advanced(done.addAndGet(written), total));
        }
    }

    /**
     * What the checkpoint holds decides its version, not when or where it was made: so does another
     * graph that the same weights are exported with.
     */
    static CheckpointVersion version(List<CheckpointFile> files) {
        StringBuilder all = new StringBuilder("darkroom ").append(CheckpointManifest.FORMAT);
        for (CheckpointFile file : files) {
            all.append('\n').append(file.sha256()).append(' ').append(file.path());
        }
        String hash = Sha256.of(all.toString().getBytes(StandardCharsets.UTF_8));
        return new CheckpointVersion(hash.substring(0, 12));
    }
}
