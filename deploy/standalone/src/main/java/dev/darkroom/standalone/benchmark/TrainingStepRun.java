package dev.darkroom.standalone.benchmark;

import com.sun.management.OperatingSystemMXBean;
import dev.darkroom.contract.json.Json;
import dev.darkroom.engine.TensorflowNatives;
import dev.darkroom.network.checkpoint.ConfigurationFile;
import dev.darkroom.network.unet.UnetConfiguration;
import dev.darkroom.trainer.graph.InitialValues;
import dev.darkroom.trainer.graph.Precision;
import dev.darkroom.trainer.graph.TrainableParameters;
import dev.darkroom.trainer.graph.UnetTraining;
import dev.darkroom.trainer.loop.Feeds;
import dev.darkroom.trainer.loop.TrainingSession;
import dev.darkroom.trainer.stage.Recipe;
import dev.darkroom.trainer.stage.UnetSettings;
import dev.darkroom.trainer.stage.UnetStage;
import java.lang.management.ManagementFactory;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.tensorflow.Graph;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.ConfigProto;

/**
 * Steps of a recipe's UNet as its training makes them, on drawn latents, noise and texts: forward,
 * loss, backward, clipping, AdamW and average. Neither data nor text encoder is part of it, as in
 * {@code training_step.py}, which does the same in PyTorch.
 *
 * @param batch pictures of a step
 * @param threads of the engine
 * @param steps that are measured, after some that are not
 */
public record TrainingStepRun(Recipe recipe, int batch, int threads, int steps) {
    private static final int WARM_UP = 3;

    public TrainingStepRun {
        if (batch < 1 || threads < 1 || steps < 1) {
            throw new IllegalArgumentException(
                    "a batch of " + batch + ", " + threads + " threads, " + steps + " steps");
        }
    }

    /** Measures. */
    public String run() {
        TensorflowNatives.load();
        UnetSettings settings = recipe.unet();
        UnetConfiguration unet =
                UnetConfiguration.of(
                        ConfigurationFile.of(UnetStage.NAME, Json.write(settings.network())));
        try (Graph graph = new Graph()) {
            UnetTraining training =
                    new UnetTraining(
                            graph,
                            unet,
                            Optional.empty(),
                            new TrainableParameters(Ops.create(graph), key -> true),
                            UnaryOperator.identity(),
                            settings.optimizer());
            try (TrainingSession session =
                            new TrainingSession(
                                    graph,
                                    training.parameters(),
                                    training.optimizer(),
                                    training.loss(),
                                    settings.averageDecay(),
                                    configuration());
                    Feeds feeds = feeds(training, unet)) {
                session.initialize(new InitialValues(recipe.seed(), UnetStage::beginsAtZero));
                return measure(session, feeds, parameters(training));
            }
        }
    }

    private ConfigProto configuration() {
        return Precision.ofThisMachine().configuration().toBuilder()
                .setIntraOpParallelismThreads(threads)
                .setInterOpParallelismThreads(threads)
                .build();
    }

    private Feeds feeds(UnetTraining training, UnetConfiguration unet) {
        Random random = new Random(recipe.seed());
        int height = unet.nativeHeight();
        int width = unet.nativeWidth();
        int channels = unet.inChannels();
        int tokens = recipe.tokenizer().maxLength();
        float[] timesteps = new float[batch];
        float[] weights = new float[batch];
        for (int n = 0; n < batch; n++) {
            timesteps[n] = random.nextInt(1000);
            weights[n] = 1;
        }
        int latents = batch * height * width * channels;
        return new Feeds()
                .floats(training.latents(), normal(random, latents), batch, height, width, channels)
                .floats(training.target(), normal(random, latents), batch, height, width, channels)
                .floats(training.timesteps(), timesteps, batch)
                .floats(training.weights(), weights, batch)
                .floats(
                        training.givenText().orElseThrow(),
                        normal(random, batch * tokens * unet.contextWidth()),
                        batch,
                        tokens,
                        unet.contextWidth());
    }

    private static float[] normal(Random random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static long parameters(UnetTraining training) {
        return training.parameters().specs().stream().mapToLong(spec -> spec.elements()).sum();
    }

    private String measure(TrainingSession session, Feeds feeds, long parameters) {
        int accumulation = recipe.unet().optimizer().accumulation();
        List<Feeds> batches = Collections.nCopies(accumulation, feeds);
        double rate = recipe.unet().learningRate().peak();
        for (int i = 0; i < WARM_UP; i++) {
            session.step(batches, rate);
        }
        OperatingSystemMXBean system =
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        long processor = system.getProcessCpuTime();
        double sum = 0;
        double fastest = Double.POSITIVE_INFINITY;
        for (int i = 0; i < steps; i++) {
            double seconds = Timing.once(() -> session.step(batches, rate));
            sum += seconds;
            fastest = Math.min(fastest, seconds);
        }
        double used = (system.getProcessCpuTime() - processor) / 1e9;
        double pictures = (double) batch * accumulation;
        return String.format(
                Locale.ROOT,
                "UNet training step, %.2f M parameters, batch %d, %d threads, %d tokens: %.0f"
                        + " pictures/s (fastest step %.0f), %.0f per second of CPU",
                parameters / 1e6,
                batch,
                threads,
                recipe.tokenizer().maxLength(),
                pictures * steps / sum,
                pictures / fastest,
                pictures * steps / used);
    }
}
