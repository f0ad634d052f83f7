/**
 * A checkpoint's SavedModels on DJL's TensorFlow engine; the only room that sees it.
 *
 * <p>Some of TensorFlow's settings are read from the environment before Java could set them.
 * Whoever launches a worker sets {@code TF_CPP_MIN_LOG_LEVEL=2} (no chatter), and for a worker that
 * loads many models over its life {@code TF_ONEDNN_USE_SYSTEM_ALLOCATOR=1} and {@code
 * MALLOC_MMAP_THRESHOLD_=1048576}: otherwise oneDNN's pool keeps the memory of models that were
 * closed. The heap should be at most half of the memory that the process may have.
 */
@NullMarked
package dev.darkroom.worker.stage;

import org.jspecify.annotations.NullMarked;
