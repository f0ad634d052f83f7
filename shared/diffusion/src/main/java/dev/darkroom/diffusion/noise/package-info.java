/** Random numbers as PyTorch draws them. */
@NullMarked
package dev.darkroom.diffusion.noise;

import org.jspecify.annotations.NullMarked;
