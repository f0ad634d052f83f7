/** How work is stopped, and how it is seen to go on. */
@NullMarked
package dev.darkroom.worker.life;

import org.jspecify.annotations.NullMarked;
