/** What people and programs may do with the versions of a model. */
@NullMarked
package dev.darkroom.producer.checkpoint;

import org.jspecify.annotations.NullMarked;
