package dev.darkroom.trainer.stage;

import dev.darkroom.network.parameter.ParameterSpec;
import dev.darkroom.network.parameter.ParameterValues;
import java.io.IOException;
import java.util.List;

/** Takes what {@link UnetStage} has learned. */
@FunctionalInterface
public interface UnetResult {
    /**
     * @param values by the keys of the specs; read when they are asked for, not after this returns
     * @param unet of the UNet, with its adapters; keys without prefix
     * @param text of the text encoder, where it learned along; keys without prefix
     */
    void take(Learned values, List<ParameterSpec> unet, List<ParameterSpec> text)
            throws IOException;

    /**
     * Values of both networks.
     *
     * @param unet by the keys of the UNet
     * @param text by the keys of the text encoder
     */
    record Learned(ParameterValues unet, ParameterValues text) {}
}
