/** Talks to a pool over the producer's HTTP API. */
@NullMarked
package dev.darkroom.standalone.client;

import org.jspecify.annotations.NullMarked;
