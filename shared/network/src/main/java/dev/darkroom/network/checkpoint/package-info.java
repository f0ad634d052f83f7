/** Checkpoints in the Hugging Face diffusers folder layout: read, checked, refused by name. */
@NullMarked
package dev.darkroom.network.checkpoint;

import org.jspecify.annotations.NullMarked;
