/** The producer service: wiring, settings and lifecycle. */
@NullMarked
package dev.darkroom.producer;

import org.jspecify.annotations.NullMarked;
