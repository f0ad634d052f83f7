/** The autoencoder between pictures and latents. */
@NullMarked
package dev.darkroom.network.vae;

import org.jspecify.annotations.NullMarked;
