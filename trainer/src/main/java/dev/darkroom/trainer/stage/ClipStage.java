package dev.darkroom.trainer.stage;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.contract.json.Json;
import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.network.checkpoint.ConfigurationFile;
import dev.darkroom.network.checkpoint.WeightWriter;
import dev.darkroom.network.clip.ClipConfiguration;
import dev.darkroom.network.clip.ClipNetwork;
import dev.darkroom.network.parameter.ParameterSpec;
import dev.darkroom.network.parameter.ParameterValues;
import dev.darkroom.trainer.data.BatchOrder;
import dev.darkroom.trainer.data.Example;
import dev.darkroom.trainer.data.ImageDataset;
import dev.darkroom.trainer.data.WholeFile;
import dev.darkroom.trainer.evaluate.ClipModel;
import dev.darkroom.trainer.evaluate.PicturePreparation;
import dev.darkroom.trainer.graph.ClipGraph;
import dev.darkroom.trainer.graph.InitialValues;
import dev.darkroom.trainer.importing.TokenizerFolder;
import dev.darkroom.trainer.loop.Feeds;
import dev.darkroom.trainer.loop.Learner;
import dev.darkroom.trainer.loop.StageObserver;
import dev.darkroom.trainer.loop.TrainingLoop;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * Trains a CLIP on pictures and captions, and leaves it in its folder as transformers' {@code
 * CLIPModel} reads it, tokenizer and preprocessing included; in {@code text_encoder} beside it is
 * the text half alone, for a checkpoint.
 */
public final class ClipStage {
    public static final String NAME = "clip";

    /** Share of validation pictures whose nearest caption is their own, or one equal to it. */
    public static final String RETRIEVAL = "retrieval";

    private static final String CONFIGURATION = "config.json";
    private static final String WEIGHTS = "model.safetensors";
    private static final String TEXT = "text_config";
    private static final String TEXT_ENCODER = "text_encoder";

    private final Path folder;
    private final Path tokenizerFolder;
    private final ClipSettings settings;
    private final TokenizerFolder tokenizer;
    private final ObjectNode json;
    private final ClipConfiguration network;
    private final PicturePreparation preparation;
    private final ImageDataset training;
    private final ImageDataset validation;
    private final long seed;
    private final BatchOrder order;

    /**
     * @param folder of this stage; made
     * @param run folder in which {@code tokenizer} lies
     */
    public ClipStage(
            Path folder,
            Path run,
            ClipSettings settings,
            ImageDataset training,
            ImageDataset validation,
            long seed) {
        this.folder = folder;
        this.tokenizerFolder = run.resolve("tokenizer");
        this.settings = settings;
        this.tokenizer = TokenizerFolder.read(run, Integer.MAX_VALUE, Integer.MAX_VALUE);
        this.json = completed(settings.network(), tokenizer);
        this.network = ClipConfiguration.of(ConfigurationFile.of(NAME, Json.write(json)));
        this.preparation = PicturePreparation.plain(network.vision().imageSize());
        this.training = training;
        this.validation = validation;
        this.seed = seed;
        int batch = settings.loop().examples() / settings.optimizer().accumulation();
        this.order = BatchOrder.of(training, batch, seed);
    }

    private static ObjectNode completed(ObjectNode network, TokenizerFolder tokenizer) {
        ObjectNode json = network.deepCopy();
        json.put("model_type", NAME).putArray("architectures").add("CLIPModel");
        json.withObject(TEXT)
                .put("vocab_size", tokenizer.size())
                .put("max_position_embeddings", tokenizer.configuration().maxLength())
                .put("bos_token_id", tokenizer.id(tokenizer.configuration().beginToken()))
                .put("eos_token_id", tokenizer.id(tokenizer.configuration().endToken()))
                .put("pad_token_id", tokenizer.id(tokenizer.configuration().padToken()));
        return json;
    }

    /**
     * Goes on from the last save to the end, or until told to stop.
     *
     * @return whether the network is finished
     */
    public boolean run(StageObserver observer, LongSupplier nanoTime, BooleanSupplier stop)
            throws IOException {
        if (Files.exists(folder.resolve(CONFIGURATION))) {
            return true;
        }
        try (Learner<ClipGraph> learner = learner();
                ClipModel embedder = new ClipModel(network, tokenizer.tokenizer(), preparation)) {
            TrainingLoop loop =
                    new TrainingLoop(
                            NAME,
                            folder,
                            learner.session(),
                            settings.learningRate(),
                            settings.loop(),
                            observer,
                            nanoTime);
            if (!loop.run(new Steps(learner, embedder), stop)) {
                return false;
            }
            write(embedder.specs(), learner.session().averages());
            return true;
        }
    }

    private Learner<ClipGraph> learner() {
        InitialValues initial = new InitialValues(seed, key -> false);
        return new Learner<>(
                (tf, parameters) -> new ClipGraph(tf, parameters, network),
                ClipGraph::loss,
                settings.optimizer(),
                settings.averageDecay(),
                spec ->
                        spec.key().equals(ClipNetwork.LOGIT_SCALE)
                                ? new float[] {scale()}
                                : initial.values(spec));
    }

    /** CLIP's own beginning, a temperature of 0.07. */
    private float scale() {
        return (float) json.path("logit_scale_init_value").asDouble(Math.log(1 / 0.07));
    }

    private final class Steps implements TrainingLoop.Stage {
        private final Learner<ClipGraph> learner;
        private final ClipModel embedder;

        Steps(Learner<ClipGraph> learner, ClipModel embedder) {
            this.learner = learner;
            this.embedder = embedder;
        }

        @Override
        public Feeds batch(long batch) {
            List<Example> examples = PictureBatch.of(training, order, batch).examples();
            int n = examples.size();
            int side = preparation.side();
            float[] pixels = new float[n * side * side * 3];
            List<int[]> ids = new ArrayList<>();
            for (int i = 0; i < n; i++) {
                preparation.write(image(examples.get(i)), pixels, i * side * side * 3);
                ids.add(tokenizer.tokenizer().encodePadded(examples.get(i).caption()));
            }
            int[] flat = ids.stream().flatMapToInt(Arrays::stream).toArray();
            return new Feeds()
                    .floats(learner.network().image(), pixels, n, side, side, 3)
                    .ints(learner.network().tokenIds(), flat, n, flat.length / n)
                    .floats(learner.network().shares(), shares(ids), n, n);
        }

        @Override
        public Map<String, Double> measure(long step) {
            embedder.load(learner.session().averages());
            List<Example> examples = PictureBatch.first(validation, settings.measured()).examples();
            float[] pictures = embedder.of(examples.stream().map(ClipStage::image).toList());
            List<String> captions = examples.stream().map(Example::caption).distinct().toList();
            float[] texts = embedder.ofTexts(captions);
            int found = 0;
            for (int i = 0; i < examples.size(); i++) {
                String nearest = captions.get(nearest(pictures, i, texts, embedder.dimensions()));
                found += nearest.equals(examples.get(i).caption()) ? 1 : 0;
            }
            return Map.of(RETRIEVAL, (double) found / examples.size());
        }
    }

    private static RgbImage image(Example example) {
        return example.picture().image();
    }

    /** Captions of the same tokens are each as right as the other. */
    static float[] shares(List<int[]> ids) {
        int n = ids.size();
        float[] shares = new float[n * n];
        for (int i = 0; i < n; i++) {
            int equal = 0;
            for (int[] other : ids) {
                equal += Arrays.equals(ids.get(i), other) ? 1 : 0;
            }
            for (int j = 0; j < n; j++) {
                shares[i * n + j] = Arrays.equals(ids.get(i), ids.get(j)) ? 1f / equal : 0;
            }
        }
        return shares;
    }

    /** Index of the text whose embedding is nearest to a picture's. */
    private static int nearest(float[] pictures, int picture, float[] texts, int width) {
        int best = 0;
        double most = Double.NEGATIVE_INFINITY;
        for (int text = 0; text < texts.length / width; text++) {
            double cosine = 0;
            for (int i = 0; i < width; i++) {
                cosine += (double) pictures[picture * width + i] * texts[text * width + i];
            }
            if (cosine > most) {
                most = cosine;
                best = text;
            }
        }
        return best;
    }

    private void write(List<ParameterSpec> specs, ParameterValues values) throws IOException {
        Path text = Files.createDirectories(folder.resolve(TEXT_ENCODER));
        ObjectNode encoder = json.withObject(TEXT).deepCopy();
        encoder.put("model_type", "clip_text_model")
                .put("projection_dim", network.projectionWidth());
        encoder.putArray("architectures").add("CLIPTextModel");
        Files.write(text.resolve(CONFIGURATION), Json.writePretty(encoder));
        WeightWriter.write(
                text.resolve(WEIGHTS),
                specs.stream().filter(spec -> spec.key().startsWith("text_model.")).toList(),
                values);
        WeightWriter.write(folder.resolve(WEIGHTS), specs, values);
        Files.write(folder.resolve(PicturePreparation.FILE), Json.writePretty(preparation.json()));
        try (Stream<Path> files = Files.list(tokenizerFolder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(
                        file,
                        folder.resolve(file.getFileName()),
                        StandardCopyOption.REPLACE_EXISTING);
            }
        }
        // Last, so that where it is the stage is done.
        WholeFile.write(folder.resolve(CONFIGURATION), Json.writePretty(json));
    }
}
