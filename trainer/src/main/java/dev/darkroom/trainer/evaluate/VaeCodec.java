package dev.darkroom.trainer.evaluate;

import dev.darkroom.network.checkpoint.ConfigurationFile;
import dev.darkroom.network.checkpoint.WeightFile;
import dev.darkroom.network.export.FrozenNetwork;
import dev.darkroom.network.export.NetworkFolder;
import dev.darkroom.network.parameter.ParameterSpec;
import dev.darkroom.network.parameter.ParameterValues;
import dev.darkroom.network.vae.VaeConfiguration;
import dev.darkroom.network.vae.VaeNetwork;
import dev.darkroom.trainer.loop.Feeds;
import java.nio.file.Path;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/** An autoencoder with given weights: pictures to posteriors, latents to pictures. */
public final class VaeCodec implements AutoCloseable {
    private final VaeConfiguration configuration;
    private final FrozenNetwork network = new FrozenNetwork();
    private final Placeholder<TFloat32> image;
    private final Operand<TFloat32> mean;
    private final Operand<TFloat32> deviation;
    private final Placeholder<TFloat32> latents;
    private final Operand<TFloat32> decoded;

    /** [N, h, w, C] each, not scaled. */
    public static final class Posterior {
        private final float[] mean;
        private final float[] deviation;

        Posterior(float[] mean, float[] deviation) {
            this.mean = mean;
            this.deviation = deviation;
        }

        public float[] mean() {
            return mean;
        }

        public float[] deviation() {
            return deviation;
        }
    }

    public VaeCodec(VaeConfiguration configuration) {
        this.configuration = configuration;
        VaeNetwork vae = new VaeNetwork(configuration);
        var tf = network.scope().tf();
        image = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, -1, -1, 3)));
        VaeNetwork.Posterior posterior = vae.encode(network.scope(), image);
        mean = posterior.mean();
        deviation = tf.math.exp(tf.math.mul(posterior.logvar(), network.scope().scalar(0.5)));
        latents =
                tf.placeholder(
                        TFloat32.class,
                        Placeholder.shape(Shape.of(-1, -1, -1, configuration.latentChannels())));
        decoded = vae.decode(network.scope(), latents);
    }

    /**
     * The autoencoder of a folder in the diffusers layout.
     *
     * @param folder in which {@code vae} lies
     */
    public static VaeCodec open(Path folder) {
        VaeCodec codec =
                new VaeCodec(
                        VaeConfiguration.of(
                                ConfigurationFile.read(folder, NetworkFolder.VAE.configuration())));
        boolean opened = false;
        try (WeightFile weights =
                WeightFile.open(folder, NetworkFolder.VAE.folder(), NetworkFolder.VAE.base())) {
            weights.bind(codec.specs(), key -> false);
            codec.load(weights);
            opened = true;
            return codec;
        } finally {
            if (!opened) {
                codec.close();
            }
        }
    }

    public VaeConfiguration configuration() {
        return configuration;
    }

    /** Pixels per latent, each way. */
    public int downscale() {
        return configuration.downscale();
    }

    /** Encoder's and decoder's parameters. */
    public List<ParameterSpec> specs() {
        return network.specs();
    }

    /** Before the first use, and again where values have changed. */
    public void load(ParameterValues values) {
        network.load(values);
    }

    /**
     * @param images [count, height, width, 3] in -1..1
     */
    public Posterior encode(float[] images, int count, int height, int width) {
        try (TFloat32 fed =
                        TFloat32.tensorOf(
                                Shape.of(count, height, width, 3), DataBuffers.of(images));
                Result result = runner().feed(image, fed).fetch(mean).fetch(deviation).run()) {
            return new Posterior(
                    Feeds.floats((TFloat32) result.get(0)), Feeds.floats((TFloat32) result.get(1)));
        }
    }

    /**
     * @param scaled latents, [count, height, width, C]
     * @return [count, H, W, 3], about -1..1
     */
    public float[] decode(float[] scaled, int count, int height, int width) {
        Shape shape = Shape.of(count, height, width, configuration.latentChannels());
        try (TFloat32 fed = TFloat32.tensorOf(shape, DataBuffers.of(scaled));
                Result result = runner().feed(latents, fed).fetch(decoded).run()) {
            return Feeds.floats((TFloat32) result.get(0));
        }
    }

    private Session.Runner runner() {
        return network.session().runner();
    }

    @Override
    public void close() {
        network.close();
    }
}
