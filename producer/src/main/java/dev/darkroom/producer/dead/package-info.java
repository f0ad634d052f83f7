/** Jobs that were given up on: looked at, put on the queue again, dropped. */
@NullMarked
package dev.darkroom.producer.dead;

import org.jspecify.annotations.NullMarked;
