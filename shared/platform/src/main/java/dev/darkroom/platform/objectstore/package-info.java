/** The bucket, over the MinIO SDK. */
@NullMarked
package dev.darkroom.platform.objectstore;

import org.jspecify.annotations.NullMarked;
