/** Pictures with captions, drawn by index and draw, and the order in which they make batches. */
@NullMarked
package dev.darkroom.trainer.data;

import org.jspecify.annotations.NullMarked;
