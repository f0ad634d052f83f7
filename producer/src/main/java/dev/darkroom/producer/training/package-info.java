/** What is known of trainings, from the topics and the bucket. */
@NullMarked
package dev.darkroom.producer.training;

import org.jspecify.annotations.NullMarked;
