/** Checkpoints of others made Darkroom's. */
@NullMarked
package dev.darkroom.trainer.importing;

import org.jspecify.annotations.NullMarked;
