/** Tells askers' own servers that jobs have ended. */
@NullMarked
package dev.darkroom.producer.webhook;

import org.jspecify.annotations.NullMarked;
