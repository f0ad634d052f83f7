/** Layers of diffusion networks as functions over a scope; NHWC, float32. */
@NullMarked
package dev.darkroom.network.nn;

import org.jspecify.annotations.NullMarked;
