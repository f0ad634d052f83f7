/** Checkpoints in the bucket and the promotions that name them. */
@NullMarked
package dev.darkroom.platform.registry;

import org.jspecify.annotations.NullMarked;
