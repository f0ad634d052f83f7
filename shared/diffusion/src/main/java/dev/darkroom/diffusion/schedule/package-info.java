/** Noise levels: the table a model was trained on and the timesteps taken from it. */
@NullMarked
package dev.darkroom.diffusion.schedule;

import org.jspecify.annotations.NullMarked;
