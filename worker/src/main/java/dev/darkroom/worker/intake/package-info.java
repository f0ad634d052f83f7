/** Takes jobs from the queue and decides what becomes of each. */
@NullMarked
package dev.darkroom.worker.intake;

import org.jspecify.annotations.NullMarked;
