package dev.darkroom.producer.webhook;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.storage.Sha256;
import dev.darkroom.platform.kafka.TopicRecord;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The webhooks that wait, and the addresses that want no more: what the topic {@code
 * darkroom.webhooks} says, a little ahead of it in the process that sends.
 */
final class PendingWebhooks {
    private static final Logger LOG = LoggerFactory.getLogger(PendingWebhooks.class);
    private static final String REFUSING = "refusing:";
    private static final Pattern FINGERPRINT = Pattern.compile("[0-9a-f]{64}");

    private final Map<String, WebhookDelivery> waiting = new HashMap<>();

    /** Removed here; the topic's reader may not be so far yet. */
    private final Set<String> removed = new HashSet<>();

    /** By the SHA-256 of their addresses. */
    private final Set<String> refusing = new HashSet<>();

    /** Of an address that answered 410: without its path, in which there may be a secret. */
    record Refusal(String host, Instant since) {}

    static String refusalKey(URI url) {
        return REFUSING + fingerprint(url.toString());
    }

    private static String fingerprint(String url) {
        return Sha256.of(url.getBytes(StandardCharsets.UTF_8));
    }

    /** A record of the topic. */
    synchronized void read(TopicRecord record) {
        String key = record.key().orElse("");
        try {
            if (key.startsWith(REFUSING)) {
                readRefusal(key);
                return;
            }
            if (record.value().isEmpty()) {
                waiting.remove(key);
                removed.remove(key);
                return;
            }
            put(Json.readTolerant(record.value().get(), WebhookDelivery.class));
        } catch (DarkroomException e) {
            LOG.warn("passed over a record of {}: {}", record.topic(), e.reason());
        }
    }

    /** Where nothing later is known of it. */
    synchronized void put(WebhookDelivery delivery) {
        WebhookDelivery known = waiting.get(delivery.id());
        if (!removed.contains(delivery.id())
                && (known == null || known.attempts() <= delivery.attempts())) {
            waiting.put(delivery.id(), delivery);
        }
    }

    synchronized void remove(String id) {
        if (waiting.remove(id) != null) {
            removed.add(id);
        }
    }

    synchronized void refuse(URI url) {
        refusing.add(fingerprint(url.toString()));
    }

    synchronized void readRefusal(String key) {
        String said = key.substring(REFUSING.length());
        // Earlier versions wrote the address itself.
        refusing.add(FINGERPRINT.matcher(said).matches() ? said : fingerprint(said));
    }

    synchronized boolean isRefusing(URI url) {
        return refusing.contains(fingerprint(url.toString()));
    }

    /** The longest due first. */
    synchronized List<WebhookDelivery> due(Instant now) {
        List<WebhookDelivery> due = new ArrayList<>();
        for (WebhookDelivery delivery : waiting.values()) {
            if (!delivery.due().isAfter(now)) {
                due.add(delivery);
            }
        }
        due.sort(Comparator.comparing(WebhookDelivery::due).thenComparing(WebhookDelivery::id));
        return due;
    }
}
