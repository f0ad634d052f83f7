/** The stages of a training run: tokenizer, CLIP, autoencoder, latents, UNet. */
@NullMarked
package dev.darkroom.trainer.stage;

import org.jspecify.annotations.NullMarked;
