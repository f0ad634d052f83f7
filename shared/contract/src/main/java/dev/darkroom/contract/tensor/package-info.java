/** The safetensors file format, read and checked, and written. */
@NullMarked
package dev.darkroom.contract.tensor;

import org.jspecify.annotations.NullMarked;
