package dev.darkroom.platform.dispatch;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.event.PreviewRequest;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.queue.Topics;
import dev.darkroom.platform.kafka.JobRelay;
import dev.darkroom.platform.kafka.KafkaSettings;
import dev.darkroom.platform.kafka.RelayedRecord;
import dev.darkroom.platform.kafka.TopicReader;
import dev.darkroom.platform.kafka.TopicRecord;
import dev.darkroom.platform.thread.DaemonThreads;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts waiting jobs before the workers, in their {@link FairOrder} and only as many as they are
 * about to begin. Every worker has one, and one of a pool is at work; see {@link JobRelay}.
 *
 * <p>What it knows is in memory and on the topics: one that takes over reads the jobs that have not
 * gone on, and hears from the events which were begun, or have ended while they waited. Nothing but
 * the order depends on it.
 */
public final class Dispatcher implements AutoCloseable {
    /** Ends jobs that wait. */
    public interface Ends {
        /**
         * Ends a job that was not begun in time, and tells.
         *
         * @throws DarkroomException where that must be tried again
         */
        void expire(WaitingJob job);

        /**
         * Tells how a job ended, where it has: someone who says so may tell nobody else.
         *
         * @throws DarkroomException where that cannot be found out now
         */
        void tell(WaitingJob job);
    }

    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);
    private static final Duration EVENTS_BEFORE = Duration.ofMinutes(1);
    private static final Duration PAUSE = Duration.ofSeconds(1);

    /** Producers tell of what they end a moment after they made the workers look. */
    private static final Duration TELLING = Duration.ofSeconds(1);

    private final KafkaSettings settings;
    private final Clock clock;
    private final Ends ends;
    private final JobRelay relay;
    private final ScheduledExecutorService ending =
            Executors.newSingleThreadScheduledExecutor(DaemonThreads.named("darkroom-ending"));

    private final FeedWindow window = new FeedWindow(System::nanoTime);
    private WaitingJobs waiting = new WaitingJobs();
    private Optional<TopicReader> events = Optional.empty();
    private boolean active;
    private int term;
    private long pausedUntil;

    public Dispatcher(KafkaSettings settings, Clock clock, Ends ends) {
        this.settings = settings;
        this.clock = clock;
        this.ends = ends;
        this.pausedUntil = System.nanoTime();
        this.relay = new JobRelay(settings, new Relayed());
    }

    public void start() {
        relay.start();
    }

    /** How many jobs wait that were not put before the workers; 0 where another dispatches. */
    public synchronized int waiting() {
        return waiting.size();
    }

    /** What is not dispatched is another's, or waits for the next dispatcher. */
    @Override
    public void close() {
        relay.close();
        stop();
        ending.shutdownNow();
    }

    private synchronized void feed() {
        while (active && System.nanoTime() - pausedUntil >= 0 && window.isOpen()) {
            Optional<WaitingJob> next = waiting.next();
            if (next.isEmpty()) {
                return;
            }
            WaitingJob job = next.get();
            // One whose events nobody could know by its id takes no place.
            job.id().ifPresent(window::put);
            int now = term;
            relay.forward(job.record(), failure -> returned(job, now, failure));
        }
    }

    /**
     * @param then the term in which it was forwarded: one that began since has its own of the job
     */
    private synchronized void returned(WaitingJob job, int then, DarkroomException failure) {
        if (!active || then != term) {
            return;
        }
        LOG.warn("{} waits longer: {}", job.record(), failure.reason());
        job.id().ifPresent(window::forget);
        waiting.add(job);
        pausedUntil = System.nanoTime() + PAUSE.toNanos();
    }

    /** Every job's events come by here: what key and headers say is enough. */
    private void heard(TopicRecord record) {
        Optional<JobId> job = record.key().filter(JobId::isValid).map(JobId::new);
        if (record.topic().equals(Topics.JOB_CONTROL)) {
            if (record.value().filter(PreviewRequest::isOne).isEmpty()) {
                job.ifPresent(this::endedElsewhere);
            }
            return;
        }
        String type = record.headers().getOrDefault("ce_type", "");
        switch (type.substring(type.lastIndexOf('.') + 1)) {
            case "started" -> job.ifPresent(this::began);
            case "succeeded", "failed", "cancelled", "expired" -> job.ifPresent(this::ended);
            default -> LOG.trace("{} says nothing of who waits", type);
        }
    }

    private synchronized void began(JobId job) {
        window.began(job);
        feed();
    }

    private synchronized void ended(JobId job) {
        window.began(job);
        waiting.remove(job).forEach(waits -> relay.drop(waits.record()));
        feed();
    }

    /** As someone says: what they do not tell themselves is told here, or the job would wait on. */
    private synchronized void endedElsewhere(JobId job) {
        if (waiting.find(job).isPresent()) {
            Future<?> unused =
                    ending.schedule(() -> tell(job), TELLING.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void tell(JobId id) {
        Optional<WaitingJob> job;
        synchronized (this) {
            job = waiting.find(id);
        }
        try {
            job.ifPresent(ends::tell);
        } catch (DarkroomException e) {
            LOG.warn("job {} may have been ended elsewhere, which its worker finds out", id, e);
        }
    }

    private synchronized void expireLate() {
        Instant now = clock.instant();
        for (Optional<WaitingJob> late = waiting.late(now);
                late.isPresent();
                late = waiting.late(now)) {
            WaitingJob job = late.get();
            ending.execute(() -> expire(job));
        }
    }

    private void expire(WaitingJob job) {
        try {
            ends.expire(job);
        } catch (DarkroomException e) {
            LOG.warn("{} expires later: {}", job.record(), e.reason());
            synchronized (this) {
                waiting.lateStill(job);
            }
        }
    }

    private void stop() {
        Optional<TopicReader> reader;
        synchronized (this) {
            active = false;
            term++;
            waiting = new WaitingJobs();
            window.clear();
            reader = events;
            events = Optional.empty();
        }
        reader.ifPresent(TopicReader::close);
    }

    private final class Relayed implements JobRelay.Handler {
        @Override
        public void began() {
            TopicReader reader =
                    new TopicReader(
                            settings,
                            List.of(Topics.JOB_EVENTS, Topics.JOB_CONTROL),
                            Dispatcher.this::heard,
                            Optional.of(clock.instant().minus(EVENTS_BEFORE)));
            synchronized (Dispatcher.this) {
                events = Optional.of(reader);
                active = true;
            }
            reader.start();
        }

        @Override
        public void arrived(RelayedRecord record, JobRelay from) {
            WaitingJob job = WaitingJob.of(record);
            synchronized (Dispatcher.this) {
                waiting.add(job);
            }
        }

        @Override
        public void turn() {
            expireLate();
            feed();
        }

        @Override
        public boolean isFull() {
            synchronized (Dispatcher.this) {
                return waiting.isFull();
            }
        }

        @Override
        public void ended() {
            stop();
        }
    }
}
