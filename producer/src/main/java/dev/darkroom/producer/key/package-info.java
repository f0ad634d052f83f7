/** API keys: made, kept in the bucket, known again. */
@NullMarked
package dev.darkroom.producer.key;

import org.jspecify.annotations.NullMarked;
