/** Checkpoints: names, manifest, configuration, stages, promotions. */
@NullMarked
package dev.darkroom.contract.checkpoint;

import org.jspecify.annotations.NullMarked;
