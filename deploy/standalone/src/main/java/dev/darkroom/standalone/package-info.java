/** The whole of Darkroom in one JVM, and the command line that reaches it. */
@NullMarked
package dev.darkroom.standalone;

import org.jspecify.annotations.NullMarked;
