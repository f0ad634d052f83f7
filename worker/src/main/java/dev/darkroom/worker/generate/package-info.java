/** From a job and a loaded model to pictures. */
@NullMarked
package dev.darkroom.worker.generate;

import org.jspecify.annotations.NullMarked;
