/** Networks as graphs that learn: variables, losses and the optimizer's operations. */
@NullMarked
package dev.darkroom.trainer.graph;

import org.jspecify.annotations.NullMarked;
