package dev.darkroom.producer.status;

import java.time.Duration;
import java.util.Optional;

/**
 * Where a job stands that waits.
 *
 * @param position 1 is the next to be begun
 * @param expectedWait until it is taken, from what the pool did lately; none where it did nothing
 */
public record QueuePlace(int position, Optional<Duration> expectedWait) {}
