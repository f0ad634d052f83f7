/** Fine-tuning of published checkpoints: what the service calls training. */
@NullMarked
package dev.darkroom.trainer.tuning;

import org.jspecify.annotations.NullMarked;
