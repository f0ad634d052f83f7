/** Pictures as files and as grids. */
@NullMarked
package dev.darkroom.diffusion.picture;

import org.jspecify.annotations.NullMarked;
