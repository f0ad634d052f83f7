/** From a request to a job on the queue. */
@NullMarked
package dev.darkroom.producer.submit;

import org.jspecify.annotations.NullMarked;
