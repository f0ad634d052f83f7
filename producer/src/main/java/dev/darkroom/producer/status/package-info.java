/**
 * What is known of jobs: read from the topics, never written anywhere, so that a producer that
 * restarts forgets nothing.
 */
@NullMarked
package dev.darkroom.producer.status;

import org.jspecify.annotations.NullMarked;
