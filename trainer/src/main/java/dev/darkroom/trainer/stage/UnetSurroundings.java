package dev.darkroom.trainer.stage;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.diffusion.tokenizer.ClipTokenizer;
import dev.darkroom.network.clip.ClipTextConfiguration;
import dev.darkroom.network.parameter.ParameterValues;
import dev.darkroom.trainer.evaluate.VaeCodec;

/**
 * What a UNet is trained among.
 *
 * @param textValues of the text encoder: they stay, or are what it learns on from
 * @param decoder makes pictures of latents; belongs to the caller
 * @param scheduler {@code scheduler_config.json}
 */
public record UnetSurroundings(
        ClipTokenizer tokenizer,
        ClipTextConfiguration text,
        ParameterValues textValues,
        VaeCodec decoder,
        JsonNode scheduler) {}
