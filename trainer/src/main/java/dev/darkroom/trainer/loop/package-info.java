/** A training run's loop: session, schedule, save and resume, and who watches it. */
@NullMarked
package dev.darkroom.trainer.loop;

import org.jspecify.annotations.NullMarked;
