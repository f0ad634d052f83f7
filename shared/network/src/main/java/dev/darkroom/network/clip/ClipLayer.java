package dev.darkroom.network.clip;

import dev.darkroom.network.nn.Activation;
import dev.darkroom.network.nn.Attention;
import dev.darkroom.network.nn.Layer;
import dev.darkroom.network.nn.NetworkScope;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * A transformer layer of CLIP, the same for text and pictures: layer norms before each half.
 *
 * @param epsilon of the layer norms
 */
record ClipLayer(int width, int feedForward, int heads, Activation activation, double epsilon) {
    /**
     * @param x [N T, width], row after row
     * @param batch N
     * @param mask added to the scores, [T, T]
     * @return [N T, width]
     */
    Operand<TFloat32> build(
            NetworkScope scope,
            Operand<TFloat32> x,
            Operand<TInt32> batch,
            @Nullable Operand<TFloat32> mask) {
        Ops tf = scope.tf();
        NetworkScope self = scope.child("self_attn");
        Operand<TFloat32> normed = Layer.layerNorm(scope.child("layer_norm1"), x, width, epsilon);
        Operand<TFloat32> attended =
                Attention.attend(
                        self,
                        Layer.linear(self.child("q_proj"), normed, width, width),
                        Layer.linear(self.child("k_proj"), normed, width, width),
                        Layer.linear(self.child("v_proj"), normed, width, width),
                        batch,
                        heads,
                        width / heads,
                        mask);
        Operand<TFloat32> h =
                tf.math.add(x, Layer.linear(self.child("out_proj"), attended, width, width));
        Operand<TFloat32> hidden =
                Layer.linear(
                        scope.child("mlp.fc1"),
                        Layer.layerNorm(scope.child("layer_norm2"), h, width, epsilon),
                        width,
                        feedForward);
        Operand<TFloat32> out =
                Layer.linear(
                        scope.child("mlp.fc2"),
                        activation.apply(scope, hidden),
                        feedForward,
                        width);
        return scope.named().math.add(h, out);
    }
}
