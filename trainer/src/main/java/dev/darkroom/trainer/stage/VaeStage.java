package dev.darkroom.trainer.stage;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.contract.json.Json;
import dev.darkroom.diffusion.noise.TorchGenerator;
import dev.darkroom.diffusion.picture.ImageGrid;
import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.network.checkpoint.ConfigurationFile;
import dev.darkroom.network.checkpoint.WeightWriter;
import dev.darkroom.network.parameter.ParameterValues;
import dev.darkroom.network.vae.VaeConfiguration;
import dev.darkroom.trainer.data.BatchOrder;
import dev.darkroom.trainer.data.ImageDataset;
import dev.darkroom.trainer.data.KeyedRandom;
import dev.darkroom.trainer.data.WholeFile;
import dev.darkroom.trainer.evaluate.VaeCodec;
import dev.darkroom.trainer.graph.InitialValues;
import dev.darkroom.trainer.graph.VaeGraph;
import dev.darkroom.trainer.loop.Feeds;
import dev.darkroom.trainer.loop.Learner;
import dev.darkroom.trainer.loop.StageObserver;
import dev.darkroom.trainer.loop.TrainingLoop;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Trains the autoencoder, measures the scale of its latents, and leaves it in its folder as
 * diffusers' {@code AutoencoderKL} reads it.
 */
public final class VaeStage {
    public static final String NAME = "vae";

    /** Peak signal-to-noise ratio of validation pictures, decoded from their means; decibels. */
    public static final String PSNR = "psnr";

    private static final String CONFIGURATION = "config.json";
    private static final String WEIGHTS = "diffusion_pytorch_model.safetensors";
    private static final String SCALE = "scaling_factor";
    private static final int SHOWN = 16;

    private final Path folder;
    private final VaeSettings settings;
    private final VaeConfiguration network;
    private final ImageDataset training;
    private final ImageDataset validation;
    private final long seed;
    private final BatchOrder order;

    /**
     * @param folder of this stage; made
     */
    public VaeStage(
            Path folder,
            VaeSettings settings,
            ImageDataset training,
            ImageDataset validation,
            long seed) {
        this.folder = folder;
        this.settings = settings;
        this.network =
                VaeConfiguration.of(ConfigurationFile.of(NAME, Json.write(settings.network())))
                        .withScalingFactor(1);
        this.training = training;
        this.validation = validation;
        this.seed = seed;
        int batch = settings.loop().examples() / settings.optimizer().accumulation();
        this.order = BatchOrder.of(training, batch, seed);
    }

    /**
     * Goes on from the last save to the end, or until told to stop.
     *
     * @return whether the autoencoder is finished
     */
    public boolean run(StageObserver observer, LongSupplier nanoTime, BooleanSupplier stop)
            throws IOException {
        if (Files.exists(folder.resolve(CONFIGURATION))) {
            return true;
        }
        try (Learner<VaeGraph> learner = learner();
                VaeCodec codec = new VaeCodec(network)) {
            TrainingLoop loop =
                    new TrainingLoop(
                            NAME,
                            folder,
                            learner.session(),
                            settings.learningRate(),
                            settings.loop(),
                            observer,
                            nanoTime);
            if (!loop.run(new Steps(learner, codec, observer), stop)) {
                return false;
            }
            ParameterValues learned = learner.session().averages();
            codec.load(learned);
            WeightWriter.write(folder.resolve(WEIGHTS), codec.specs(), learned);
            writeConfiguration(1 / deviation(codec));
            return true;
        }
    }

    private Learner<VaeGraph> learner() {
        return new Learner<>(
                (tf, parameters) -> new VaeGraph(tf, parameters, network, settings.loss()),
                VaeGraph::loss,
                settings.optimizer(),
                settings.averageDecay(),
                new InitialValues(seed, key -> false));
    }

    private final class Steps implements TrainingLoop.Stage {
        private final Learner<VaeGraph> learner;
        private final VaeCodec codec;
        private final StageObserver observer;

        Steps(Learner<VaeGraph> learner, VaeCodec codec, StageObserver observer) {
            this.learner = learner;
            this.codec = codec;
            this.observer = observer;
        }

        @Override
        public Feeds batch(long batch) {
            PictureBatch pictures = PictureBatch.of(training, order, batch);
            int n = pictures.size();
            int h = latents(pictures.height());
            int w = latents(pictures.width());
            int c = network.latentChannels();
            return new Feeds()
                    .floats(
                            learner.network().image(),
                            pictures.pixels(),
                            n,
                            pictures.height(),
                            pictures.width(),
                            3)
                    .floats(learner.network().noise(), noise(batch, n * h * w * c), n, h, w, c);
        }

        @Override
        public Map<String, Double> measure(long step) {
            codec.load(learner.session().averages());
            PictureBatch pictures = PictureBatch.first(validation, settings.measured());
            float[] original = pictures.pixels();
            int n = pictures.size();
            int h = pictures.height();
            int w = pictures.width();
            float[] decoded =
                    codec.decode(codec.encode(original, n, h, w).mean(), n, latents(h), latents(w));
            List<RgbImage> shown = new ArrayList<>();
            for (int i = 0; i < Math.min(SHOWN, n); i++) {
                shown.add(RgbImage.fromDecoder(w, h, original, i * h * w * 3));
                shown.add(RgbImage.fromDecoder(w, h, decoded, i * h * w * 3));
            }
            observer.samples(NAME, step, ImageGrid.of(shown, 8, 2, 0));
            return Map.of(PSNR, psnr(original, decoded, n));
        }
    }

    private int latents(int pixels) {
        return pixels / network.downscale();
    }

    /** Standard normal, a function of seed and batch. */
    private float[] noise(long batch, int count) {
        return new TorchGenerator(new KeyedRandom(seed, batch).nextLong()).randn(count);
    }

    /** Mean over pictures, of values clamped to -1..1 whose range is 2. */
    private static double psnr(float[] original, float[] decoded, int pictures) {
        int each = original.length / pictures;
        double sum = 0;
        for (int i = 0; i < pictures; i++) {
            double square = 0;
            for (int j = i * each; j < (i + 1) * each; j++) {
                double error = (Math.max(-1, Math.min(1, decoded[j])) - original[j]) / 2;
                square += error * error;
            }
            // A perfect picture has no finite ratio: one grey level in all of it is the most.
            sum += -10 * Math.log10(Math.max(square / each, 1.0 / 255 / 255 / each));
        }
        return sum / pictures;
    }

    /** Of latents drawn for pictures of the training set. */
    private double deviation(VaeCodec codec) {
        double sum = 0;
        double square = 0;
        long count = 0;
        for (long batch = 0; batch * order.batchSize() < settings.scaled(); batch++) {
            PictureBatch pictures = PictureBatch.of(training, order, batch);
            VaeCodec.Posterior posterior =
                    codec.encode(
                            pictures.pixels(),
                            pictures.size(),
                            pictures.height(),
                            pictures.width());
            float[] noise = noise(batch, posterior.mean().length);
            for (int i = 0; i < noise.length; i++) {
                double latent = posterior.mean()[i] + (double) posterior.deviation()[i] * noise[i];
                sum += latent;
                square += latent * latent;
            }
            count += noise.length;
        }
        double mean = sum / count;
        return Math.sqrt(square / count - mean * mean);
    }

    /** Last, so that where it is the stage is done. */
    private void writeConfiguration(double scale) throws IOException {
        ObjectNode configuration = settings.network().deepCopy();
        configuration.put("_class_name", "AutoencoderKL");
        configuration.put(SCALE, scale);
        WholeFile.write(folder.resolve(CONFIGURATION), Json.writePretty(configuration));
    }
}
