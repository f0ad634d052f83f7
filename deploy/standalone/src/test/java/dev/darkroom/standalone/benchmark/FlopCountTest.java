package dev.darkroom.standalone.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.network.checkpoint.ConfigurationFile;
import dev.darkroom.network.clip.ClipTextConfiguration;
import dev.darkroom.network.unet.UnetConfiguration;
import dev.darkroom.network.vae.VaeConfiguration;
import dev.darkroom.testing.Checkout;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * Against {@code torch.utils.flop_counter.FlopCounterMode} of PyTorch 2.9.1 over the models of
 * diffusers 0.36.0 and transformers 4.57.3 on the meta device. Both count the same operations, so
 * they agree exactly.
 */
class FlopCountTest {
    private static final Path SD15 =
            Checkout.root()
                    .resolve(
                            "deploy/standalone/src/main/resources/dev/darkroom/standalone/benchmark/sd15");

    @Test
    void countsStableDiffusion15() {
        assertThat(unet(SD15, 1, 64, 77)).isEqualTo(803_273_441_280L);
        assertThat(unet(SD15, 2, 64, 77)).isEqualTo(1_606_546_882_560L);
        assertThat(decoder(SD15, 1, 64)).isEqualTo(2_514_518_933_504L);
        assertThat(decoder(SD15, 2, 64)).isEqualTo(5_029_037_867_008L);
        assertThat(text(SD15, 1, 77)).isEqualTo(13_298_503_680L);
    }

    @Test
    void countsTheBundledModel() {
        Path bundled = Checkout.bundledModel();

        assertThat(unet(bundled, 1, 8, 24)).isEqualTo(166_723_584L);
        assertThat(decoder(bundled, 1, 8)).isEqualTo(125_962_240L);
        assertThat(text(bundled, 1, 24)).isEqualTo(5_013_504L);
    }

    private static long unet(Path model, int batch, int size, int tokens) {
        return FlopCount.unet(
                UnetConfiguration.of(ConfigurationFile.read(model, "unet/config.json")),
                batch,
                size,
                size,
                tokens);
    }

    private static long decoder(Path model, int batch, int size) {
        return FlopCount.vaeDecoder(
                VaeConfiguration.of(ConfigurationFile.read(model, "vae/config.json")),
                batch,
                size,
                size);
    }

    private static long text(Path model, int batch, int tokens) {
        return FlopCount.textEncoder(
                ClipTextConfiguration.of(ConfigurationFile.read(model, "text_encoder/config.json")),
                batch,
                tokens);
    }
}
