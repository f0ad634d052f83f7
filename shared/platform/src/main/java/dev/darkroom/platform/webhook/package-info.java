/** Webhooks as Standard Webhooks 1.0.0 has them: signed, and sent to public addresses only. */
@NullMarked
package dev.darkroom.platform.webhook;

import org.jspecify.annotations.NullMarked;
