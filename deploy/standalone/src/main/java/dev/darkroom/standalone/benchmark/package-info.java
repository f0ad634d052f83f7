/** Measures and prints; asserts nothing. */
@NullMarked
package dev.darkroom.standalone.benchmark;

import org.jspecify.annotations.NullMarked;
