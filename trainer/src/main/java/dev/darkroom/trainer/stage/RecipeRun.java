package dev.darkroom.trainer.stage;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.contract.checkpoint.Stage;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.tensor.ElementType;
import dev.darkroom.diffusion.tokenizer.BytePairTrainer;
import dev.darkroom.diffusion.tokenizer.ClipTokenizer;
import dev.darkroom.network.checkpoint.ConfigurationFile;
import dev.darkroom.network.checkpoint.WeightFile;
import dev.darkroom.network.checkpoint.WeightWriter;
import dev.darkroom.network.clip.ClipTextConfiguration;
import dev.darkroom.network.clip.ClipTextGraph;
import dev.darkroom.network.export.DiffusersFiles;
import dev.darkroom.network.export.DiffusersFolder;
import dev.darkroom.network.export.NetworkFolder;
import dev.darkroom.network.export.SavedModelWriter;
import dev.darkroom.network.parameter.ParameterSpec;
import dev.darkroom.trainer.data.DatasetFingerprint;
import dev.darkroom.trainer.data.WholeFile;
import dev.darkroom.trainer.evaluate.VaeCodec;
import dev.darkroom.trainer.graph.InitialValues;
import dev.darkroom.trainer.importing.TokenizerFolder;
import dev.darkroom.trainer.loop.StageObserver;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Makes a checkpoint from nothing but data and a recipe, stage after stage, in one folder: goes on
 * wherever it was when it ended, however that was.
 *
 * <p>The folder's own {@code tokenizer}, {@code text_encoder}, {@code vae} and {@code unet} are
 * what a checkpoint in the diffusers layout has under these names; {@code checkpoint} is that
 * checkpoint, and is there when the run is done.
 */
public final class RecipeRun {
    private static final String TOKENIZER = "tokenizer";
    private static final String TEXT_ENCODER = "text_encoder";
    private static final String TEXT_FOLDER = ClipStage.NAME + "/" + TEXT_ENCODER;
    private static final String DATA = "data.fingerprint";
    private static final String VALIDATION = "latents-validation";
    private static final String CHECKPOINT = "checkpoint";
    private static final String CONFIGURATION = "config.json";
    private static final String UNET_WEIGHTS = "diffusion_pytorch_model.safetensors";
    private static final List<String> TOKENIZER_FILES =
            List.of("vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json");

    private final Path folder;
    private final Recipe recipe;
    private final Recipe.Data data;
    private final StageObserver observer;
    private final LongSupplier nanoTime;

    /**
     * @param folder of the run; held until the run ends
     * @throws DarkroomException {@link ErrorCode#INVALID_REQUEST} where the folder is of a run by
     *     another recipe
     */
    public RecipeRun(
            RunFolder folder,
            Recipe recipe,
            Recipe.Data data,
            StageObserver observer,
            LongSupplier nanoTime)
            throws IOException {
        this.folder = folder.path();
        this.recipe = recipe;
        this.data = data;
        this.observer = observer;
        this.nanoTime = nanoTime;
        if (recipe.unet().lora().isPresent()) {
            throw new DarkroomException(
                    ErrorCode.INVALID_REQUEST,
                    "a recipe trains its UNet from nothing: unet.lora has no place in it");
        }
        claim(Recipe.FILE, Json.writePretty(recipe), "by another recipe");
        claim(DATA, fingerprint(data).getBytes(StandardCharsets.UTF_8), "on other data");
    }

    /** Once, and ever after only the same. */
    private void claim(String name, byte[] own, String other) throws IOException {
        Path file = folder.resolve(name);
        if (!Files.exists(file)) {
            WholeFile.write(file, own);
        } else if (!Arrays.equals(own, Files.readAllBytes(file))) {
            throw new DarkroomException(
                    ErrorCode.INVALID_REQUEST,
                    folder + " holds a run " + other + "; take another folder for this one");
        }
    }

    private static String fingerprint(Recipe.Data data) {
        return DatasetFingerprint.of(data.training())
                + "\n"
                + DatasetFingerprint.of(data.validation())
                + "\n";
    }

    /** Where the finished checkpoint lies. */
    public Path checkpoint() {
        return folder.resolve(CHECKPOINT);
    }

    /**
     * Goes on from where the run is to its end, or until told to stop.
     *
     * @return whether the checkpoint is there
     */
    public boolean run(BooleanSupplier stop) throws IOException {
        if (Files.exists(checkpoint())) {
            return true;
        }
        learnVocabulary();
        boolean done =
                new ClipStage(
                                        folder.resolve(ClipStage.NAME),
                                        folder,
                                        recipe.clip(),
                                        data.training(),
                                        data.validation(),
                                        recipe.seed())
                                .run(observer, nanoTime, stop)
                        && new VaeStage(
                                        folder.resolve(VaeStage.NAME),
                                        recipe.vae(),
                                        data.training(),
                                        data.validation(),
                                        recipe.seed())
                                .run(observer, nanoTime, stop)
                        && encode(LatentStage.NAME, true, stop)
                        && encode(VALIDATION, false, stop)
                        && learnDenoising(stop);
        if (done) {
            assemble();
        }
        return done;
    }

    private void learnVocabulary() throws IOException {
        if (Files.exists(folder.resolve(TOKENIZER))) {
            return;
        }
        BytePairTrainer trainer = new BytePairTrainer();
        data.training().captions().forEach(caption -> trainer.add(caption, 1));
        Path draft = folder.resolve(TOKENIZER + ".part");
        Files.createDirectories(draft);
        TokenizerWriter.write(
                trainer.train(recipe.tokenizer().vocabulary()),
                recipe.tokenizer().maxLength(),
                draft);
        Files.move(draft, folder.resolve(TOKENIZER), StandardCopyOption.ATOMIC_MOVE);
    }

    private TokenizerFolder tokenizer() {
        return TokenizerFolder.read(folder, Integer.MAX_VALUE, Integer.MAX_VALUE);
    }

    private boolean encode(String name, boolean training, BooleanSupplier stop) throws IOException {
        // Within one run the networks, the data and the words never change.
        return new LatentStage(
                        folder.resolve(name),
                        folder,
                        training ? data.training() : data.validation(),
                        tokenizer().tokenizer(),
                        training ? recipe.draws() : 1,
                        name)
                .run(written -> {}, stop);
    }

    private boolean learnDenoising(BooleanSupplier stop) throws IOException {
        Path unet = folder.resolve(UnetStage.NAME);
        if (Files.exists(unet.resolve(CONFIGURATION))) {
            return true;
        }
        ClipTextConfiguration text =
                ClipTextConfiguration.of(
                        ConfigurationFile.read(folder, TEXT_FOLDER + "/" + CONFIGURATION));
        ClipTokenizer words = tokenizer().tokenizer();
        try (VaeCodec codec = VaeCodec.open(folder);
                WeightFile textWeights = WeightFile.open(folder, TEXT_FOLDER, "model")) {
            List<ParameterSpec> textSpecs =
                    new SavedModelWriter(new ClipTextGraph(text)).parameters();
            textWeights.bind(textSpecs, key -> false);
            UnetStage stage =
                    new UnetStage(
                            unet,
                            recipe.unet(),
                            new UnetSurroundings(
                                    words, text, textWeights, codec, recipe.scheduler()),
                            LatentCache.open(folder.resolve(LatentStage.NAME)),
                            LatentCache.open(folder.resolve(VALIDATION)),
                            recipe.seed());
            return stage.run(
                    new InitialValues(recipe.seed(), UnetStage::beginsAtZero),
                    observer,
                    nanoTime,
                    stop,
                    worked -> false,
                    this::keep);
        }
    }

    /** The configuration last: where it is, the stage is done. */
    private void keep(
            UnetResult.Learned learned, List<ParameterSpec> unet, List<ParameterSpec> text)
            throws IOException {
        Path unetFolder = folder.resolve(UnetStage.NAME);
        if (!text.isEmpty()) {
            WeightWriter.write(
                    unetFolder.resolve(TEXT_ENCODER + ".safetensors"), text, learned.text());
        }
        WeightWriter.write(unetFolder.resolve(UNET_WEIGHTS), unet, learned.unet());
        WholeFile.write(
                unetFolder.resolve(CONFIGURATION),
                Json.writePretty(UnetStage.completed(recipe.unet().network())));
    }

    private void assemble() throws IOException {
        DiffusersFiles files = DiffusersFiles.none();
        for (String name : TOKENIZER_FILES) {
            files = files.with(TOKENIZER + "/" + name, read(TOKENIZER, name));
        }
        files =
                files.with(
                                NetworkFolder.TEXT_ENCODER.configuration(),
                                read(TEXT_FOLDER, CONFIGURATION))
                        .with(NetworkFolder.VAE.configuration(), read(VaeStage.NAME, CONFIGURATION))
                        .with(
                                NetworkFolder.UNET.configuration(),
                                read(UnetStage.NAME, CONFIGURATION));
        files =
                files.with(DiffusersFiles.SCHEDULER, recipe.scheduler())
                        .with(
                                DiffusersFiles.DEFAULTS,
                                Json.mapper().<JsonNode>valueToTree(recipe.defaults()));
        Path draft = folder.resolve(CHECKPOINT + ".part");
        Files.createDirectories(draft);
        List<WeightFile> opened = new ArrayList<>();
        try {
            new DiffusersFolder(ElementType.F16)
                    .write(
                            draft,
                            files,
                            (networks, stage) -> {
                                WeightFile file = weights(stage);
                                opened.add(file);
                                file.bind(networks.parameters(stage), key -> true);
                                return file;
                            });
        } finally {
            opened.forEach(WeightFile::close);
        }
        Files.move(draft, checkpoint(), StandardCopyOption.ATOMIC_MOVE);
    }

    private WeightFile weights(Stage stage) {
        NetworkFolder network = NetworkFolder.of(stage);
        if (network != NetworkFolder.TEXT_ENCODER) {
            return WeightFile.open(folder, network.folder(), network.base());
        }
        boolean learnedAlong =
                Files.exists(folder.resolve(UnetStage.NAME).resolve(TEXT_ENCODER + ".safetensors"));
        return learnedAlong
                ? WeightFile.open(folder, UnetStage.NAME, TEXT_ENCODER)
                : WeightFile.open(folder, TEXT_FOLDER, network.base());
    }

    private byte[] read(String part, String name) throws IOException {
        return Files.readAllBytes(folder.resolve(part).resolve(name));
    }
}
