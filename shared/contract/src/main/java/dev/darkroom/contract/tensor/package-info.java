/** The safetensors file format, read and checked. */
@NullMarked
package dev.darkroom.contract.tensor;

import org.jspecify.annotations.NullMarked;
