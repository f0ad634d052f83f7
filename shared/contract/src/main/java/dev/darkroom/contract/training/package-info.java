/** Trainings: what is asked for, what happens, how they end, and what a checkpoint keeps of it. */
@NullMarked
package dev.darkroom.contract.training;

import org.jspecify.annotations.NullMarked;
