/** The native libraries of TensorFlow, loaded once for everyone in the JVM. */
@NullMarked
package dev.darkroom.engine;

import org.jspecify.annotations.NullMarked;
