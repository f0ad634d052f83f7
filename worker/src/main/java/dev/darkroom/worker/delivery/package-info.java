/** Puts pictures into the object store and tells that they are there. */
@NullMarked
package dev.darkroom.worker.delivery;

import org.jspecify.annotations.NullMarked;
