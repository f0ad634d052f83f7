package dev.darkroom.producer.status;

import dev.darkroom.contract.event.JobEvent;

/**
 * An event with its place in its job's history.
 *
 * @param number from 1, rising. The same events in the same order get the same numbers in every
 *     producer, which is what lets a reader go on elsewhere.
 */
public record NumberedEvent(long number, JobEvent event) {}
