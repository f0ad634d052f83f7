package dev.darkroom.trainer.stage;

import dev.darkroom.contract.job.SamplerName;
import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.diffusion.pipeline.TextEmbedding;
import dev.darkroom.diffusion.sampler.Latents;
import dev.darkroom.diffusion.schedule.SchedulerConfiguration;
import dev.darkroom.network.parameter.Lora;
import dev.darkroom.network.parameter.ParameterSource;
import dev.darkroom.network.parameter.ParameterSpec;
import dev.darkroom.network.parameter.ParameterValues;
import dev.darkroom.network.unet.UnetConfiguration;
import dev.darkroom.trainer.evaluate.EvaluationOptions;
import dev.darkroom.trainer.evaluate.TextToImageModel;
import dev.darkroom.trainer.graph.Precision;
import dev.darkroom.trainer.graph.TrainableParameters;
import dev.darkroom.trainer.graph.UnetTraining;
import dev.darkroom.trainer.loop.Feeds;
import dev.darkroom.trainer.loop.TrainingSession;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.tensorflow.Graph;
import org.tensorflow.op.Ops;

/** The graph and session of {@link UnetStage}, and what they are fed. */
final class UnetLearner implements AutoCloseable {
    private final UnetSurroundings around;
    private final UnetConfiguration configuration;
    private final Graph graph = new Graph();
    private final UnetTraining training;
    private final TrainingSession session;
    private final TextTable texts;

    UnetLearner(
            UnetConfiguration configuration,
            UnetSettings settings,
            UnetSurroundings around,
            ParameterValues initial) {
        this.around = around;
        this.configuration = configuration;
        Ops tf = Ops.create(graph);
        training =
                new UnetTraining(
                        graph,
                        configuration,
                        settings.trainText() ? Optional.of(around.text()) : Optional.empty(),
                        new TrainableParameters(tf, trained(settings)),
                        adapt(tf, settings),
                        settings.optimizer());
        session =
                new TrainingSession(
                        graph,
                        training.parameters(),
                        training.optimizer(),
                        training.loss(),
                        settings.averageDecay(),
                        Precision.ofThisMachine().configuration());
        session.initialize(spec -> initial(initial, spec));
        texts = new TextTable(around.text(), around.textValues());
    }

    private static Predicate<String> trained(UnetSettings settings) {
        return settings.lora().isPresent() ? Lora::isAdapter : key -> true;
    }

    private static UnaryOperator<ParameterSource> adapt(Ops tf, UnetSettings settings) {
        return settings.lora()
                .<UnaryOperator<ParameterSource>>map(lora -> source -> lora.over(tf, source))
                .orElse(UnaryOperator.identity());
    }

    private float[] initial(ParameterValues unet, ParameterSpec spec) {
        boolean ofText = spec.key().startsWith(UnetTraining.TEXT_ENCODER);
        ParameterSpec bare = bare(spec);
        return ofText && !Lora.isAdapter(spec.key())
                ? around.textValues().values(bare)
                : unet.values(bare);
    }

    private static ParameterSpec bare(ParameterSpec spec) {
        String prefix =
                spec.key().startsWith(UnetTraining.UNET)
                        ? UnetTraining.UNET
                        : UnetTraining.TEXT_ENCODER;
        return new ParameterSpec(
                spec.key().substring(prefix.length()), spec.layout(), spec.shape());
    }

    UnetTraining training() {
        return training;
    }

    TrainingSession session() {
        return session;
    }

    /** Of the UNet and its adapters, without prefix. */
    List<ParameterSpec> unetSpecs() {
        return specs(UnetTraining.UNET);
    }

    /** Of the text encoder and its adapters, without prefix; none where it stays. */
    List<ParameterSpec> textSpecs() {
        return specs(UnetTraining.TEXT_ENCODER);
    }

    private List<ParameterSpec> specs(String prefix) {
        return training.parameters().specs().stream()
                .filter(spec -> spec.key().startsWith(prefix))
                .map(UnetLearner::bare)
                .toList();
    }

    UnetResult.Learned averages() {
        ParameterValues values = session.averages();
        return new UnetResult.Learned(
                spec -> values.values(prefixed(UnetTraining.UNET, spec)),
                spec -> values.values(prefixed(UnetTraining.TEXT_ENCODER, spec)));
    }

    private static ParameterSpec prefixed(String prefix, ParameterSpec spec) {
        return new ParameterSpec(prefix + spec.key(), spec.layout(), spec.shape());
    }

    Feeds feeds(LatentCache.Part shape, NoisyLatents noisy, int[][] tokenIds) {
        int n = tokenIds.length;
        int c = configuration.inChannels();
        Feeds feeds =
                new Feeds()
                        .floats(
                                training.latents(),
                                noisy.noisy(),
                                n,
                                shape.height(),
                                shape.width(),
                                c)
                        .floats(
                                training.target(),
                                noisy.target(),
                                n,
                                shape.height(),
                                shape.width(),
                                c)
                        .floats(training.timesteps(), noisy.timesteps(), n)
                        .floats(training.weights(), noisy.weights(), n);
        return text(feeds, tokenIds);
    }

    private Feeds text(Feeds feeds, int[][] tokenIds) {
        int n = tokenIds.length;
        int tokens = tokenIds[0].length;
        if (training.tokenIds().isEmpty()) {
            TextEmbedding embedding = texts.encode(tokenIds);
            return feeds.floats(
                    training.givenText().orElseThrow(),
                    embedding.values(),
                    n,
                    tokens,
                    embedding.width());
        }
        int[] flat = new int[n * tokens];
        for (int i = 0; i < n; i++) {
            System.arraycopy(tokenIds[i], 0, flat, i * tokens, tokens);
        }
        return feeds.ints(training.tokenIds().orElseThrow(), flat, n, tokens);
    }

    /** How the pictures of a measurement are made. */
    static EvaluationOptions sampling(UnetSettings settings, LatentCache.Part shape) {
        return new EvaluationOptions(
                List.of(settings.guidanceScale()),
                Math.max(2, settings.shown().size()),
                1,
                2,
                SamplerName.DDIM,
                settings.samplingSteps(),
                0,
                TextToImageModel.rows(shape.height(), shape.width()));
    }

    /** What the averages make of prompts, in the size of the first validation pictures. */
    TextToImageModel model(SchedulerConfiguration scheduler, LatentCache.Header header) {
        LatentCache.Part shape = header.parts().get(0);
        return new TextToImageModel(
                around.tokenizer(),
                this::encode,
                this::predict,
                this::decode,
                scheduler,
                shape.height(),
                shape.width(),
                header.channels());
    }

    private TextEmbedding encode(int[][] tokenIds) {
        if (training.tokenIds().isEmpty()) {
            return texts.encode(tokenIds);
        }
        try (Feeds feeds = text(new Feeds(), tokenIds)) {
            return new TextEmbedding(
                    tokenIds.length,
                    tokenIds[0].length,
                    configuration.contextWidth(),
                    session.compute(feeds, training.textEmbedding()));
        }
    }

    /** What the averages predict, row-major. */
    float[] predict(Feeds feeds) {
        return session.compute(feeds, training.prediction());
    }

    /** The embedding stands in for the encoder: TensorFlow feeds any tensor, not only inputs. */
    private Latents predict(Latents latents, float[] timesteps, TextEmbedding text) {
        int n = latents.count();
        try (Feeds feeds =
                new Feeds()
                        .floats(
                                training.latents(),
                                latents.values(),
                                n,
                                latents.height(),
                                latents.width(),
                                latents.channels())
                        .floats(training.timesteps(), timesteps, n)
                        .floats(
                                training.textEmbedding(),
                                text.values(),
                                n,
                                text.tokens(),
                                text.width())) {
            return latents.with(predict(feeds));
        }
    }

    private List<RgbImage> decode(Latents latents) {
        int n = latents.count();
        float[] values =
                around.decoder().decode(latents.values(), n, latents.height(), latents.width());
        int downscale = around.decoder().downscale();
        int width = latents.width() * downscale;
        int height = latents.height() * downscale;
        List<RgbImage> pictures = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            pictures.add(RgbImage.fromDecoder(width, height, values, i * width * height * 3));
        }
        return pictures;
    }

    @Override
    public void close() {
        texts.close();
        session.close();
        graph.close();
    }
}
