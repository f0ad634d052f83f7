package dev.darkroom.trainer.graph;

import dev.darkroom.network.clip.ClipTextConfiguration;
import dev.darkroom.network.clip.ClipTextNetwork;
import dev.darkroom.network.nn.NetworkScope;
import dev.darkroom.network.parameter.ParameterSource;
import dev.darkroom.network.unet.UnetConfiguration;
import dev.darkroom.network.unet.UnetNetwork;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * A UNet that learns to predict what was mixed into latents, on embeddings of texts that are given
 * or that a text encoder makes, which then learns along.
 *
 * <p>The loss is the squared error averaged over a picture's values, times the picture's weight,
 * averaged over the batch. Beside it the same networks are built on the optimizer's averages: what
 * a checkpoint will be is what is measured and shown.
 */
public final class UnetTraining {
    /** Before the keys of the UNet's parameters. */
    public static final String UNET = "unet.";

    /** Before the keys of the text encoder's parameters, where it learns along. */
    public static final String TEXT_ENCODER = "text_encoder.";

    private final Placeholder<TFloat32> latents;
    private final Placeholder<TFloat32> timesteps;
    private final Placeholder<TFloat32> target;
    private final Placeholder<TFloat32> weights;
    private final Optional<Placeholder<TInt32>> tokenIds;
    private final Optional<Placeholder<TFloat32>> givenText;
    private final Operand<TFloat32> loss;
    private final Operand<TFloat32> prediction;
    private final Operand<TFloat32> textEmbedding;
    private final TrainableParameters parameters;
    private final AdamW optimizer;

    /**
     * @param text the encoder that learns along; without it embeddings are given
     * @param adapt stands between the networks and the parameters: the identity, or one that adds
     *     low-rank matrices
     */
    public UnetTraining(
            Graph graph,
            UnetConfiguration unet,
            Optional<ClipTextConfiguration> text,
            TrainableParameters parameters,
            UnaryOperator<ParameterSource> adapt,
            OptimizerOptions options) {
        Ops tf = Ops.create(graph);
        this.parameters = parameters;
        long channels = unet.inChannels();
        latents = floats(tf, "latents", Shape.of(-1, -1, -1, channels));
        timesteps = floats(tf, "timesteps", Shape.of(-1));
        target = floats(tf, "target", Shape.of(-1, -1, -1, channels));
        weights = floats(tf, "weights", Shape.of(-1));
        tokenIds =
                text.map(
                        any ->
                                tf.withName("token_ids")
                                        .placeholder(
                                                TInt32.class, Placeholder.shape(Shape.of(-1, -1))));
        givenText =
                text.isPresent()
                        ? Optional.empty()
                        : Optional.of(
                                floats(tf, "given_text", Shape.of(-1, -1, unet.contextWidth())));

        ParameterSource learning = adapt.apply(parameters);
        Operand<TFloat32> error =
                tf.math.squaredDifference(
                        predict(tf, unet, learning, embed(tf, text, learning)), target);
        Operand<TFloat32> perPicture = tf.math.mean(error, tf.constant(new int[] {1, 2, 3}));
        loss =
                tf.withName("loss")
                        .math
                        .mean(tf.math.mul(perPicture, weights), tf.constant(new int[] {0}));
        optimizer = new AdamW(graph, tf, parameters, loss, options);
        ParameterSource averaged = adapt.apply(optimizer::averageOf);
        textEmbedding = embed(tf, text, averaged);
        prediction = predict(tf, unet, averaged, textEmbedding);
    }

    private static Placeholder<TFloat32> floats(Ops tf, String name, Shape shape) {
        return tf.withName(name).placeholder(TFloat32.class, Placeholder.shape(shape));
    }

    private Operand<TFloat32> embed(
            Ops tf, Optional<ClipTextConfiguration> text, ParameterSource source) {
        if (text.isEmpty()) {
            return givenText.orElseThrow();
        }
        NetworkScope scope = new NetworkScope(tf, TrainableParameters.under(TEXT_ENCODER, source));
        return new ClipTextNetwork(text.get()).build(scope, tokenIds.orElseThrow()).embedding();
    }

    private Operand<TFloat32> predict(
            Ops tf, UnetConfiguration unet, ParameterSource source, Operand<TFloat32> text) {
        NetworkScope scope = new NetworkScope(tf, TrainableParameters.under(UNET, source));
        return new UnetNetwork(unet).build(scope, latents, timesteps, text);
    }

    /** Noisy latents, [N, h, w, C]. */
    public Placeholder<TFloat32> latents() {
        return latents;
    }

    /** [N]. */
    public Placeholder<TFloat32> timesteps() {
        return timesteps;
    }

    /** What is to be predicted, [N, h, w, C]. */
    public Placeholder<TFloat32> target() {
        return target;
    }

    /** Weight of each picture's error, [N]. */
    public Placeholder<TFloat32> weights() {
        return weights;
    }

    /** int32 [N, T], where a text encoder learns along. */
    public Optional<Placeholder<TInt32>> tokenIds() {
        return tokenIds;
    }

    /** [N, T, D], where it does not. */
    public Optional<Placeholder<TFloat32>> givenText() {
        return givenText;
    }

    public Operand<TFloat32> loss() {
        return loss;
    }

    /** By the averages, [N, h, w, C]. */
    public Operand<TFloat32> prediction() {
        return prediction;
    }

    /** By the averages, [N, T, D]. */
    public Operand<TFloat32> textEmbedding() {
        return textEmbedding;
    }

    public TrainableParameters parameters() {
        return parameters;
    }

    public AdamW optimizer() {
        return optimizer;
    }
}
