/** The queue and the topics, over the Kafka clients. */
@NullMarked
package dev.darkroom.platform.kafka;

import org.jspecify.annotations.NullMarked;
