/** A checkpoint's SavedModels on DJL's TensorFlow engine; the only room that sees it. */
@NullMarked
package dev.darkroom.worker.stage;

import org.jspecify.annotations.NullMarked;
