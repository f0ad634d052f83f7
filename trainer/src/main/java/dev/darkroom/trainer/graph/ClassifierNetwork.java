package dev.darkroom.trainer.graph;

import dev.darkroom.network.nn.Layer;
import dev.darkroom.network.nn.NetworkScope;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * A small convolutional network that tells kinds of pictures apart: 3x3 convolutions, each followed
 * by the largest of 2x2 places, until a side has four places or fewer, then two linear layers.
 *
 * @param side width and height of the pictures, pixels
 */
public record ClassifierNetwork(int side, int classes) {
    /** Width of the layer before the last, whose activations are the features. */
    public static final int FEATURES = 128;

    private static final int CHANNELS = 3;
    private static final int FIRST_CHANNELS = 16;
    private static final int MOST_CHANNELS = 64;
    private static final int SMALLEST_SIDE = 4;

    public ClassifierNetwork {
        if (side < 1 || classes < 2) {
            throw new IllegalArgumentException(
                    "pictures of " + side + " pixels of " + classes + " classes");
        }
    }

    /**
     * @param features [N, {@value #FEATURES}], 0 or more
     * @param logits [N, classes]
     */
    public record Output(Operand<TFloat32> features, Operand<TFloat32> logits) {}

    /**
     * @param image [N, side, side, 3], -1..1
     */
    public Output build(NetworkScope root, Operand<TFloat32> image) {
        Ops tf = root.tf();
        Operand<TFloat32> x = image;
        int in = CHANNELS;
        int out = FIRST_CHANNELS;
        int across = side;
        for (int level = 0; across > SMALLEST_SIDE; level++) {
            x = tf.nn.relu(Layer.convolution(root.child("convolutions", level), x, 3, in, out));
            x = tf.nn.maxPool(x, root.ints(1, 2, 2, 1), root.ints(1, 2, 2, 1), "SAME");
            in = out;
            out = Math.min(2 * out, MOST_CHANNELS);
            across = (across + 1) / 2;
        }
        int places = across * across * in;
        Operand<TFloat32> flat = tf.reshape(x, root.ints(-1, places));
        Operand<TFloat32> features =
                tf.nn.relu(Layer.linear(root.child("hidden"), flat, places, FEATURES));
        return new Output(
                features, Layer.linear(root.child("classifier"), features, FEATURES, classes));
    }
}
