package dev.darkroom.trainer.evaluate;

import dev.darkroom.diffusion.pipeline.RgbImage;

/** A picture with what it was asked for by; of a real picture, with its own caption. */
public record Sample(Prompt prompt, RgbImage picture) {}
