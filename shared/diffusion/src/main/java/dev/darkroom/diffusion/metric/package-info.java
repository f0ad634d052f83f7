/** How good pictures are: distances, scores and shares, of features that others computed. */
@NullMarked
package dev.darkroom.diffusion.metric;

import org.jspecify.annotations.NullMarked;
