package dev.darkroom.platform.kafka;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads topics from their beginning, or from a time, and goes on, in a thread of its own, without a
 * group: the way a service rebuilds what it knows after a restart. A broker that goes away is
 * waited for.
 */
public final class TopicReader implements AutoCloseable {
    /** Called from the reader's thread, in the order of each partition. Must not throw. */
    @FunctionalInterface
    public interface Handler {
        void accept(TopicRecord record);
    }

    private static final Logger LOG = LoggerFactory.getLogger(TopicReader.class);
    private static final Duration POLL = Duration.ofSeconds(1);

    /**
     * Between two looks where records come one by one. The broker answers with the first that
     * comes, so that each would be an answer of its own: a tenth of all that a busy pool does.
     */
    private static final Duration GATHER = Duration.ofMillis(10);

    /** So many in one look are a backlog, which nobody waits for. */
    private static final int MANY = 100;

    private static final Duration NEW_PARTITIONS = Duration.ofMinutes(1);

    private final List<String> topics;
    private final Handler handler;
    private final Optional<Instant> since;
    private final ReaderLoop loop;
    private final Queue<CatchUp> waiting = new ConcurrentLinkedQueue<>();
    private long assignedAt;

    /** Of whole topics. */
    public TopicReader(KafkaSettings settings, List<String> topics, Handler handler) {
        this(settings, topics, handler, Optional.empty());
    }

    /**
     * @param since passes over records that were written before; none: reads all
     */
    public TopicReader(
            KafkaSettings settings, List<String> topics, Handler handler, Optional<Instant> since) {
        this.topics = List.copyOf(topics);
        this.handler = handler;
        this.since = since;
        this.loop =
                new ReaderLoop(
                        settings,
                        ReaderLoop.ANSWERED_SOON,
                        topics.toString(),
                        "darkroom-reader-" + String.join("-", topics),
                        consumer -> {},
                        this::readOnce);
    }

    public void start() {
        loop.start();
    }

    /**
     * Waits until everything that was in the topics when it was called has been handled.
     *
     * @return false where that took longer
     */
    public boolean awaitCaughtUp(Duration wait) {
        CatchUp catchUp = new CatchUp();
        waiting.add(catchUp);
        loop.consumer().wakeup();
        try {
            return catchUp.reached.await(wait.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            waiting.remove(catchUp);
        }
    }

    private void readOnce() {
        assignPartitions();
        for (CatchUp catchUp : waiting) {
            catchUp.aimAt(loop.consumer());
        }
        release();
        ConsumerRecords<byte[], byte[]> records = loop.consumer().poll(POLL);
        for (ConsumerRecord<byte[], byte[]> record : records) {
            handle(record);
        }
        release();
        if (!records.isEmpty() && records.count() < MANY) {
            LockSupport.parkNanos(GATHER.toNanos());
        }
    }

    private void release() {
        waiting.removeIf(catchUp -> catchUp.releaseIfReached(loop.consumer()));
    }

    /** Topics may be given more partitions while they are read. */
    private void assignPartitions() {
        KafkaConsumer<byte[], byte[]> consumer = loop.consumer();
        if (!consumer.assignment().isEmpty()
                && System.nanoTime() - assignedAt < NEW_PARTITIONS.toNanos()) {
            return;
        }
        Set<TopicPartition> all = new HashSet<>();
        for (String topic : topics) {
            List<PartitionInfo> partitions = consumer.partitionsFor(topic);
            if (partitions == null || partitions.isEmpty()) {
                throw new UnknownTopicOrPartitionException("there is no topic " + topic);
            }
            partitions.forEach(
                    partition -> all.add(new TopicPartition(topic, partition.partition())));
        }
        List<TopicPartition> added = new ArrayList<>(all);
        added.removeAll(consumer.assignment());
        Set<TopicPartition> before = Set.copyOf(consumer.assignment());
        consumer.assign(all);
        // Asked with none it would send every partition back to its beginning.
        if (!added.isEmpty()) {
            try {
                consumer.seekToBeginning(added);
                since.ifPresent(time -> loop.seek(added, time));
            } catch (RuntimeException e) {
                // Or the next turn would read them from their beginning.
                consumer.assign(before);
                throw e;
            }
        }
        assignedAt = System.nanoTime();
    }

    /** An error is most likely memory that was short for a moment: it is tried once more. */
    private void handle(ConsumerRecord<byte[], byte[]> record) {
        try {
            try {
                handler.accept(TopicRecord.of(record));
            } catch (Error e) {
                LOG.error("handles {} once more", record.topic(), e);
                handler.accept(TopicRecord.of(record));
            }
        } catch (RuntimeException | Error e) {
            LOG.error(
                    "passed over {}-{} offset {}, which could not be handled",
                    record.topic(),
                    record.partition(),
                    record.offset(),
                    e);
        }
    }

    /** Returns when the thread has ended, or after a few seconds. */
    @Override
    public void close() {
        loop.close();
    }

    /** Someone who waits. Offsets are known only to the reader's thread. */
    private static final class CatchUp {
        private final CountDownLatch reached = new CountDownLatch(1);
        private Optional<Map<TopicPartition, Long>> target = Optional.empty();

        void aimAt(KafkaConsumer<?, ?> consumer) {
            if (target.isEmpty()) {
                target = Optional.of(consumer.endOffsets(consumer.assignment()));
            }
        }

        boolean releaseIfReached(KafkaConsumer<?, ?> consumer) {
            boolean done =
                    target.map(
                                    ends ->
                                            ends.entrySet().stream()
                                                    .allMatch(
                                                            end ->
                                                                    consumer.position(end.getKey())
                                                                            >= end.getValue()))
                            .orElse(false);
            if (done) {
                reached.countDown();
            }
            return done;
        }
    }
}
