/** CLIP's text encoder. */
@NullMarked
package dev.darkroom.network.clip;

import org.jspecify.annotations.NullMarked;
