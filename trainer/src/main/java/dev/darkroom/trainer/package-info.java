/** The trainer service: wiring, settings and lifecycle. */
@NullMarked
package dev.darkroom.trainer;

import org.jspecify.annotations.NullMarked;
