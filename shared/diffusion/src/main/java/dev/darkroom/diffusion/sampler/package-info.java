/** Samplers: pure functions over a denoiser. */
@NullMarked
package dev.darkroom.diffusion.sampler;

import org.jspecify.annotations.NullMarked;
