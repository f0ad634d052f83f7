/** Checkpoints in memory: loaded on demand, warmed up, leased, closed. */
@NullMarked
package dev.darkroom.worker.model;

import org.jspecify.annotations.NullMarked;
