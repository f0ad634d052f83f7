/** How good a checkpoint is: pictures of it, judged, and a report that shows them. */
@NullMarked
package dev.darkroom.trainer.evaluate;

import org.jspecify.annotations.NullMarked;
