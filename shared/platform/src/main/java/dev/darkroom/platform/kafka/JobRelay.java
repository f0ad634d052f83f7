package dev.darkroom.platform.kafka;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.queue.Topics;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way of jobs from {@code darkroom.jobs}, where clients write, to {@code darkroom.jobs.ready},
 * where slots take them: what arrives is shown to the handler, which says in its own time what goes
 * on. Of all relays of a pool one has the topic's partition, by a consumer group; another takes
 * over when it ends, or six seconds after it was last heard of.
 *
 * <p>Nothing is lost: the group's place never passes a record that has not gone on (or was dropped
 * by the handler). Hardly anything goes on twice: what went on before its turn is known from the
 * headers of the ready records, read from where that topic ended when the first waiting record
 * arrived, which is kept with the place. A relay that was put out of the group and does not know
 * yet may still send a few records twice; a job that was done is not done again for it.
 */
public final class JobRelay implements AutoCloseable {
    /** Called from the relay's thread. */
    @FunctionalInterface
    public interface Handler {
        void arrived(RelayedRecord record, JobRelay relay);

        /** This relay has the jobs from now on, and is shown all that have not gone on. */
        default void began() {}

        /** Between two looks at the topic, twice a second at least. */
        default void turn() {}

        /** Whether it has as many in hand as it can keep; more arrive when it has less. */
        default boolean isFull() {
            return false;
        }

        /** This relay has the jobs no longer, or is to begin anew: nothing may go on. */
        default void ended() {}
    }

    private static final Logger LOG = LoggerFactory.getLogger(JobRelay.class);
    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration KEEP = Duration.ofSeconds(1);
    private static final Duration TRIM = Duration.ofHours(1);
    private static final int AT_ONCE = 500;

    /** The least that a broker allows without being told. */
    private static final int SESSION_MILLIS = 6000;

    private final KafkaSettings settings;
    private final Handler handler;
    private final RecordWriter writer;
    private final RelayPlaces places = new RelayPlaces();
    private final TopicTrimmer trimmer;
    private final ReaderLoop loop;
    private Map<TopicPartition, OffsetAndMetadata> kept = Map.of();
    private long keptAt;
    private long trimAt = System.nanoTime();
    private boolean changed;

    public JobRelay(KafkaSettings settings, Handler handler) {
        this(
                settings,
                handler,
                new TopicTrimmer(settings, Duration.ofDays(PoolTopology.EVENT_DAYS)));
    }

    /**
     * @param trimmer closed with the relay
     */
    JobRelay(KafkaSettings settings, Handler handler, TopicTrimmer trimmer) {
        this.settings = settings;
        this.handler = handler;
        this.trimmer = trimmer;
        this.writer = new RecordWriter(settings);
        Map<String, Object> own = new HashMap<>(ReaderLoop.ANSWERED_SOON);
        own.put(ConsumerConfig.GROUP_ID_CONFIG, Topics.DISPATCH_GROUP);
        own.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, AT_ONCE);
        own.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, SESSION_MILLIS);
        own.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, SESSION_MILLIS / 4);
        // Whoever has the jobs keeps them when another joins.
        own.put(
                ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
                CooperativeStickyAssignor.class.getName());
        try {
            this.loop =
                    new ReaderLoop(
                            settings,
                            own,
                            Topics.JOBS,
                            "darkroom-dispatch",
                            consumer -> consumer.subscribe(List.of(Topics.JOBS), new Assigned()),
                            this::readOnce);
        } catch (RuntimeException e) {
            writer.close();
            throw e;
        }
    }

    public void start() {
        loop.start();
    }

    /**
     * Puts a record before the workers; returns before it is there. For all threads.
     *
     * @param failed called from another thread where it did not get there, as far as is known
     */
    public void forward(RelayedRecord record, Consumer<DarkroomException> failed) {
        writer.send(
                record.ready(),
                offset -> places.forwarded(record.partition(), record.offset(), offset),
                failed);
    }

    /** A record that need not go on: its job has ended. For all threads. */
    public void drop(RelayedRecord record) {
        places.dropped(record.partition(), record.offset());
    }

    /** After a failure nobody knows which records the handler was shown: it begins anew. */
    private void readOnce() {
        try {
            turn(loop.consumer());
        } catch (WakeupException | InterruptException e) {
            throw e;
        } catch (RuntimeException | Error e) {
            stop();
            throw e;
        }
    }

    private void turn(KafkaConsumer<byte[], byte[]> consumer) {
        if (changed && !begin(consumer)) {
            return;
        }
        if (handler.isFull()) {
            consumer.pause(consumer.assignment());
        } else {
            consumer.resume(consumer.paused());
        }
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
            TopicPartition partition = new TopicPartition(record.topic(), record.partition());
            if (places.arrived(partition, record.offset(), record.timestamp())) {
                handler.arrived(new RelayedRecord(record), this);
            }
        }
        handler.turn();
        if (System.nanoTime() - keptAt > KEEP.toNanos()) {
            keep();
        }
        if (!kept.isEmpty() && System.nanoTime() - trimAt >= 0) {
            trimAt = System.nanoTime() + TRIM.toNanos();
            trimmer.start(kept);
        }
    }

    /**
     * What this relay has is not what it had: begins anew, at the places that were kept.
     *
     * @return false where that changed again meanwhile
     */
    private boolean begin(KafkaConsumer<byte[], byte[]> consumer) {
        changed = false;
        Set<TopicPartition> assigned = Set.copyOf(consumer.assignment());
        if (assigned.isEmpty()) {
            return true;
        }
        consumer.pause(assigned);
        Map<TopicPartition, Long> ends = consumer.endOffsets(assigned);
        Map<TopicPartition, OffsetAndMetadata> committed = committed(consumer, assigned, ends);
        Map<TopicPartition, Long> froms = consumer.beginningOffsets(assigned);
        committed.forEach((partition, place) -> froms.put(partition, place.offset()));
        boolean all = committed.size() == assigned.size();
        ForwardedRecords forwarded =
                ForwardedRecords.since(
                        settings,
                        all ? committed.values() : List.of(),
                        // Whoever does not poll for minutes is put out of the group.
                        () -> consumer.poll(Duration.ZERO));
        if (changed) {
            return false;
        }
        places.begin(froms, ends, forwarded);
        froms.forEach(consumer::seek);
        LOG.info("dispatches the jobs of {}", assigned);
        handler.began();
        return true;
    }

    /** The places that were kept; one beyond the end is of a topic that was made anew. */
    private static Map<TopicPartition, OffsetAndMetadata> committed(
            KafkaConsumer<byte[], byte[]> consumer,
            Set<TopicPartition> assigned,
            Map<TopicPartition, Long> ends) {
        Map<TopicPartition, OffsetAndMetadata> committed = new HashMap<>();
        consumer.committed(assigned)
                .forEach(
                        (partition, place) -> {
                            if (place != null
                                    && place.offset() <= ends.getOrDefault(partition, 0L)) {
                                committed.put(partition, place);
                            }
                        });
        return committed;
    }

    private void stop() {
        handler.ended();
        places.end();
        kept = Map.of();
        changed = true;
    }

    /** One that is not kept now is kept later: what went on says so itself. */
    private void keep() {
        keptAt = System.nanoTime();
        Map<TopicPartition, OffsetAndMetadata> now = places.toKeep();
        if (now.equals(kept)) {
            return;
        }
        try {
            loop.consumer().commitSync(now);
            kept = now;
        } catch (WakeupException | InterruptException e) {
            throw e;
        } catch (KafkaException e) {
            LOG.debug("the place in {} was not kept", now.keySet(), e);
        }
    }

    /** Returns when the thread has ended, or after a few seconds. */
    @Override
    public void close() {
        loop.close();
        trimmer.close();
        writer.close();
    }

    /** Only takes note: what begins anew may fail, and is tried again then. */
    private final class Assigned implements ConsumerRebalanceListener {
        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            if (!partitions.isEmpty()) {
                stop();
                loop.consumer().pause(loop.consumer().assignment());
            }
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            if (!partitions.isEmpty()) {
                handler.ended();
                writer.flush();
                keep();
                stop();
            }
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> partitions) {
            LOG.warn("the jobs of {} are another's to dispatch", partitions);
            stop();
        }
    }
}
