package dev.darkroom.platform.webhook;

import java.time.Duration;
import java.util.Optional;

/** How an attempt to deliver ended. */
public sealed interface WebhookReply {
    /** The receiver has it: 2xx. */
    record Delivered() implements WebhookReply {}

    /** The receiver wants no more: 410. */
    record Gone() implements WebhookReply {}

    /**
     * Anything else, redirects too.
     *
     * @param retryAfter what the receiver asked for
     */
    record Failed(String reason, Optional<Duration> retryAfter) implements WebhookReply {}
}
