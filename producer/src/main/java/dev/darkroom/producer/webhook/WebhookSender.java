package dev.darkroom.producer.webhook;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.queue.Topics;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.platform.kafka.GroupReader;
import dev.darkroom.platform.kafka.KafkaSettings;
import dev.darkroom.platform.kafka.RecordWriter;
import dev.darkroom.platform.kafka.TopicReader;
import dev.darkroom.platform.kafka.TopicRecord;
import dev.darkroom.platform.lease.Lease;
import dev.darkroom.platform.lease.Leases;
import dev.darkroom.platform.thread.DaemonThreads;
import dev.darkroom.platform.webhook.WebhookClient;
import dev.darkroom.platform.webhook.WebhookMessage;
import dev.darkroom.platform.webhook.WebhookReply;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells endpoints how jobs ended, at least once each.
 *
 * <p>Two halves, so that no receiver keeps another waiting. The first, in every producer, is a
 * member of a group on the events topic: it makes a delivery of each final event, puts it on a
 * compacted topic, and only then moves the group's place. The second runs under a lease in one
 * producer: it sends what is due and writes what came of it, the next attempt or a tombstone. What
 * is not written is sent again, by this producer or the next, under the same id.
 */
public final class WebhookSender implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WebhookSender.class);
    private static final Duration LOOK = Duration.ofMillis(200);
    private static final Duration ASK_FOR_LEASE = Duration.ofSeconds(2);
    private static final Duration WRITE_AGAIN = Duration.ofSeconds(2);
    private static final Duration READING = Duration.ofSeconds(10);
    private static final String GROUP = "darkroom.webhooks";

    /** The first that sends begins this long before now: clocks of workers may be behind. */
    private static final Duration SKEW = Duration.ofMinutes(1);

    private final WebhookEndpoints endpoints;
    private final WebhookClient client;
    private final WebhookSchedule schedule;
    private final Leases leases;
    private final Clock clock;
    private final RecordWriter writer;
    private final GroupReader events;
    private final TopicReader store;
    private final PendingWebhooks pending = new PendingWebhooks();
    private final ScheduledExecutorService loop =
            Executors.newSingleThreadScheduledExecutor(DaemonThreads.named("darkroom-webhooks"));

    private final Set<String> underWay = new HashSet<>();
    private final Map<String, Integer> underWayByHost = new HashMap<>();
    private Optional<Lease> lease = Optional.empty();
    private long askedForLease = Long.MIN_VALUE;
    private volatile boolean closing;

    /**
     * Closes the client with itself.
     *
     * @param leases of this producer, for this sender alone
     */
    public WebhookSender(
            KafkaSettings kafka,
            WebhookEndpoints endpoints,
            WebhookClient client,
            Leases leases,
            Clock clock) {
        this(kafka, endpoints, client, leases, clock, WebhookSchedule.STANDARD);
    }

    WebhookSender(
            KafkaSettings kafka,
            WebhookEndpoints endpoints,
            WebhookClient client,
            Leases leases,
            Clock clock,
            WebhookSchedule schedule) {
        this.endpoints = endpoints;
        this.client = client;
        this.leases = leases;
        this.clock = clock;
        this.schedule = schedule;
        this.writer = new RecordWriter(kafka);
        this.events =
                new GroupReader(
                        kafka,
                        GROUP,
                        Topics.JOB_EVENTS,
                        clock.instant().minus(SKEW),
                        this::happened);
        this.store = new TopicReader(kafka, List.of(Topics.WEBHOOKS), pending::read);
    }

    public void start() {
        store.start();
        events.start();
        var unused =
                loop.scheduleWithFixedDelay(this::look, 0, LOOK.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void happened(TopicRecord record) {
        Optional<JobEvent> read = record.value().flatMap(WebhookSender::event);
        if (read.isEmpty() || !read.get().isFinal()) {
            return;
        }
        JobEvent event = read.get();
        endpoints
                .of(event.jobId())
                .ifPresent(name -> write(WebhookDelivery.of(event, name, clock.instant())));
    }

    /** Anyone may write events, and later versions write others. */
    private static Optional<JobEvent> event(byte[] value) {
        try {
            return Optional.of(Json.readTolerant(value, JobEvent.class));
        } catch (DarkroomException e) {
            LOG.debug("passed over an event: {}", e.reason());
            return Optional.empty();
        }
    }

    private void write(WebhookDelivery delivery) {
        writer.write(Topics.WEBHOOKS, delivery.id(), Optional.of(Json.write(delivery)));
    }

    private void look() {
        try {
            if (hasLease()) {
                for (WebhookDelivery delivery : pending.due(clock.instant())) {
                    consider(delivery);
                }
            }
        } catch (DarkroomException e) {
            LOG.warn("webhooks wait: {}", e.reason());
        } catch (RuntimeException e) {
            LOG.error("webhooks wait", e);
        }
    }

    private boolean hasLease() {
        if (lease.filter(Lease::isHeld).isPresent()) {
            return true;
        }
        lease.ifPresent(Lease::close);
        lease = Optional.empty();
        long now = System.nanoTime();
        if (askedForLease != Long.MIN_VALUE && now - askedForLease < ASK_FOR_LEASE.toNanos()) {
            return false;
        }
        askedForLease = now;
        Optional<Lease> taken = leases.tryAcquire(ObjectKeys.webhooksLease());
        if (taken.isPresent() && !store.awaitCaughtUp(READING)) {
            taken.get().close();
            return false;
        }
        lease = taken;
        return lease.isPresent();
    }

    private void consider(WebhookDelivery delivery) {
        Optional<WebhookEndpoint> found = endpoints.named(delivery.endpoint());
        if (found.isEmpty() || pending.isRefusing(found.get().url())) {
            if (begin(delivery.id(), "")) {
                LOG.info(
                        "webhook {} is dropped: nobody wants what \"{}\" is told",
                        delivery.id(),
                        delivery.endpoint());
                settle(delivery.id(), "", () -> remove(delivery.id()));
            }
            return;
        }
        WebhookEndpoint endpoint = found.get();
        String host = String.valueOf(endpoint.url().getHost());
        if (begin(delivery.id(), host)) {
            client.send(
                    new WebhookMessage(
                            delivery.id(), endpoint.url(), endpoint.secrets(), delivery.body()),
                    reply -> settle(delivery.id(), host, () -> record(delivery, endpoint, reply)));
        }
    }

    private boolean begin(String id, String host) {
        synchronized (underWay) {
            if (closing
                    || underWay.size() >= WebhookClient.AT_ONCE
                    || underWayByHost.getOrDefault(host, 0) >= WebhookClient.AT_ONCE_TO_A_HOST
                    || !underWay.add(id)) {
                return false;
            }
            underWayByHost.merge(host, 1, Integer::sum);
            return true;
        }
    }

    /** Writes what came of a delivery, until the broker has it: else it would be sent again. */
    private void settle(String id, String host, Runnable writing) {
        try {
            while (!closing) {
                try {
                    writing.run();
                    return;
                } catch (DarkroomException e) {
                    LOG.warn("what came of webhook {} is not written yet: {}", id, e.reason());
                    TimeUnit.MILLISECONDS.sleep(WRITE_AGAIN.toMillis());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            synchronized (underWay) {
                underWay.remove(id);
                underWayByHost.merge(host, -1, (now, less) -> now + less > 0 ? now + less : null);
            }
        }
    }

    private void record(WebhookDelivery delivery, WebhookEndpoint endpoint, WebhookReply reply) {
        if (reply instanceof WebhookReply.Failed failed) {
            fail(delivery, failed);
            return;
        }
        if (reply instanceof WebhookReply.Gone) {
            URI url = endpoint.url();
            pending.refuse(url);
            LOG.warn(
                    "the webhook \"{}\" answered that it is gone, and is told nothing more at this"
                            + " address",
                    delivery.endpoint());
            writer.write(
                    Topics.WEBHOOKS,
                    PendingWebhooks.refusalKey(url),
                    Optional.of(
                            Json.write(
                                    new PendingWebhooks.Refusal(
                                            String.valueOf(url.getHost()), clock.instant()))));
        }
        remove(delivery.id());
    }

    private void fail(WebhookDelivery delivery, WebhookReply.Failed failed) {
        int attempts = delivery.attempts() + 1;
        Optional<Duration> wait = schedule.after(delivery.id(), attempts);
        if (wait.isEmpty()) {
            LOG.error(
                    "webhook {} is given up on after {} attempts: {}",
                    delivery.id(),
                    attempts,
                    failed.reason());
            remove(delivery.id());
            return;
        }
        Duration longer =
                failed.retryAfter()
                        .filter(asked -> asked.compareTo(wait.get()) > 0)
                        .orElse(wait.get());
        Instant due = clock.instant().plus(longer);
        LOG.info("webhook {} failed, again at {}: {}", delivery.id(), due, failed.reason());
        WebhookDelivery next = delivery.after(due);
        write(next);
        pending.put(next);
    }

    private void remove(String id) {
        writer.write(Topics.WEBHOOKS, id, Optional.empty());
        pending.remove(id);
    }

    /** What is under way may be sent again by the next. */
    @Override
    public void close() {
        closing = true;
        loop.shutdownNow();
        events.close();
        client.close();
        store.close();
        try {
            loop.awaitTermination(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        lease.ifPresent(Lease::close);
        writer.close();
    }
}
