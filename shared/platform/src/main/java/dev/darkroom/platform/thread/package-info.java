/** Threads, made the same way everywhere. */
@NullMarked
package dev.darkroom.platform.thread;

import org.jspecify.annotations.NullMarked;
