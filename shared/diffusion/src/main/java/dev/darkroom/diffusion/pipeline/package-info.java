/** The only denoising loop: prompt to latents to picture, over small interfaces. */
@NullMarked
package dev.darkroom.diffusion.pipeline;

import org.jspecify.annotations.NullMarked;
