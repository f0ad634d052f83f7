/** CLIP's byte-level BPE. */
@NullMarked
package dev.darkroom.diffusion.tokenizer;

import org.jspecify.annotations.NullMarked;
