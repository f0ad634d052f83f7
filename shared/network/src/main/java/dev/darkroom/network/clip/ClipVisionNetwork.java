package dev.darkroom.network.clip;

import dev.darkroom.network.nn.Layer;
import dev.darkroom.network.nn.NetworkScope;
import dev.darkroom.network.parameter.ParameterLayout;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * CLIP's vision transformer: patches and a class token, layer norms before each half.
 *
 * <p>Dosovitskiy et al. 2020 (arXiv:2010.11929) with the changes of Radford et al. 2021
 * (arXiv:2103.00020), as {@code CLIPVisionModel} of transformers computes it.
 */
final class ClipVisionNetwork {
    private final ClipVisionConfiguration configuration;

    ClipVisionNetwork(ClipVisionConfiguration configuration) {
        this.configuration = configuration;
    }

    /**
     * @param root the scope above {@code vision_model}
     * @param image [N, S, S, 3], normalised as the checkpoint's preprocessing says
     * @return [N, width], the class token after the final norm
     */
    Operand<TFloat32> build(NetworkScope root, Operand<TFloat32> image) {
        Ops tf = root.tf();
        NetworkScope model = root.child("vision_model");
        int width = configuration.width();
        double epsilon = configuration.epsilon();
        Operand<TInt32> batch = model.element(tf.shape(image), 0);
        Operand<TInt32> tokens = tf.constant(configuration.patches() + 1);
        Operand<TFloat32> embedded = embed(model.child("embeddings"), image, batch);
        // The misspelt name is the one in every checkpoint.
        Operand<TFloat32> x =
                Layer.layerNorm(model.child("pre_layrnorm"), embedded, width, epsilon);
        ClipLayer layer =
                new ClipLayer(
                        width,
                        configuration.feedForward(),
                        configuration.heads(),
                        configuration.activation(),
                        epsilon);
        for (int i = 0; i < configuration.layers(); i++) {
            x = layer.build(model.child("encoder.layers", i), x, batch, null);
        }
        Operand<TFloat32> each =
                tf.reshape(x, tf.stack(List.of(batch, tokens, tf.constant(width))));
        Operand<TFloat32> first =
                tf.reshape(
                        tf.slice(
                                each,
                                model.ints(0, 0, 0),
                                tf.stack(List.of(batch, tf.constant(1), tf.constant(width)))),
                        model.ints(-1, width));
        return Layer.layerNorm(model.child("post_layernorm"), first, width, epsilon);
    }

    /** [N (patches + 1), width], row after row; the class token is the first of each picture. */
    private Operand<TFloat32> embed(
            NetworkScope scope, Operand<TFloat32> image, Operand<TInt32> batch) {
        Ops tf = scope.tf();
        int width = configuration.width();
        int tokens = configuration.patches() + 1;
        Operand<TFloat32> patches =
                tf.reshape(
                        Layer.patches(
                                scope.child("patch_embedding"),
                                image,
                                configuration.patchSize(),
                                3,
                                width),
                        scope.ints(-1, configuration.patches(), width));
        Operand<TFloat32> token =
                tf.tile(
                        tf.reshape(
                                scope.parameter("class_embedding", ParameterLayout.PLAIN, width),
                                scope.ints(1, 1, width)),
                        tf.stack(List.of(batch, tf.constant(1), tf.constant(1))));
        Operand<TFloat32> positions =
                scope.child("position_embedding")
                        .parameter("weight", ParameterLayout.PLAIN, tokens, width);
        Operand<TFloat32> sum =
                tf.math.add(tf.concat(List.of(token, patches), tf.constant(1)), positions);
        return scope.named().reshape(sum, scope.ints(-1, width));
    }
}
