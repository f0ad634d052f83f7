/** SavedModels: clean inference graphs with weights that never pass through the Java heap. */
@NullMarked
package dev.darkroom.network.export;

import org.jspecify.annotations.NullMarked;
