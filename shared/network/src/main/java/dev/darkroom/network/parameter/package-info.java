/** Where a network's tensors come from: its declaration is the same for import and training. */
@NullMarked
package dev.darkroom.network.parameter;

import org.jspecify.annotations.NullMarked;
