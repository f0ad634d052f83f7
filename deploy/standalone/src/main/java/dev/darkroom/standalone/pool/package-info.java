/** Broker, store, producer and worker started in this JVM and stopped again. */
@NullMarked
package dev.darkroom.standalone.pool;

import org.jspecify.annotations.NullMarked;
