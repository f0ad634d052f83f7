package dev.darkroom.platform.kafka;

import dev.darkroom.contract.queue.Topics;
import dev.darkroom.platform.thread.DaemonThreads;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.SharePartitionOffsetInfo;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes from the topics of jobs what is done with. No age does that there: a job waits as long as
 * it must. What has gone on is removed from {@code darkroom.jobs}, and from {@code
 * darkroom.jobs.ready} what was acknowledged and is not needed to know what has gone on; both once
 * it is as old as the events that tell of it get.
 */
final class TopicTrimmer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TopicTrimmer.class);
    private static final Duration ANSWER = Duration.ofSeconds(30);
    private static final TopicPartition READY = ForwardedRecords.READY;

    private final KafkaSettings settings;
    private final Duration kept;
    private final ExecutorService thread =
            Executors.newSingleThreadExecutor(DaemonThreads.named("darkroom-trim"));

    /**
     * @param kept what is younger stays
     */
    TopicTrimmer(KafkaSettings settings, Duration kept) {
        this.settings = settings;
        this.kept = kept;
    }

    /**
     * Returns at once. A broker that is away or refuses is no trouble: there is another time.
     *
     * @param places as the group has them
     */
    void start(Map<TopicPartition, OffsetAndMetadata> places) {
        thread.execute(
                () -> {
                    try {
                        trim(places);
                    } catch (KafkaException | ExecutionException | TimeoutException e) {
                        LOG.info("old jobs stay on their topics for now: {}", e.toString());
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
    }

    void trim(Map<TopicPartition, OffsetAndMetadata> places)
            throws ExecutionException, InterruptedException, TimeoutException {
        try (Admin admin = PoolTopology.connect(settings)) {
            Map<TopicPartition, Long> befores = new HashMap<>();
            places.forEach((partition, place) -> befores.put(partition, place.offset()));
            long acknowledged = acknowledged(admin);
            befores.put(READY, Math.min(acknowledged, ForwardedRecords.place(places.values())));
            young(admin, befores.keySet())
                    .forEach((partition, first) -> befores.merge(partition, first, Math::min));
            befores.values().removeIf(offset -> offset <= 0);
            Map<TopicPartition, RecordsToDelete> old = new HashMap<>();
            befores.forEach(
                    (partition, offset) ->
                            old.put(partition, RecordsToDelete.beforeOffset(offset)));
            await(admin.deleteRecords(old).all());
            LOG.debug("what lies before {} is removed", befores);
        }
    }

    /** Where the first record lies that the workers are not done with; 0 where nobody knows. */
    private static long acknowledged(Admin admin)
            throws ExecutionException, InterruptedException, TimeoutException {
        SharePartitionOffsetInfo info =
                await(
                                admin.listShareGroupOffsets(
                                                Map.of(
                                                        Topics.WORKERS_GROUP,
                                                        new ListShareGroupOffsetsSpec()))
                                        .partitionsToOffsetInfo(Topics.WORKERS_GROUP))
                        .get(READY);
        return info == null ? 0 : info.startOffset();
    }

    /** The first record of each that is to stay for its age; none where all are old. */
    private Map<TopicPartition, Long> young(Admin admin, Collection<TopicPartition> partitions)
            throws ExecutionException, InterruptedException, TimeoutException {
        OffsetSpec since = OffsetSpec.forTimestamp(Instant.now().minus(kept).toEpochMilli());
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        partitions.forEach(partition -> asked.put(partition, since));
        Map<TopicPartition, Long> first = new HashMap<>();
        for (Map.Entry<TopicPartition, ListOffsetsResultInfo> answer :
                await(admin.listOffsets(asked).all()).entrySet()) {
            if (answer.getValue().offset() >= 0) {
                first.put(answer.getKey(), answer.getValue().offset());
            }
        }
        return first;
    }

    private static <T> T await(KafkaFuture<T> answer)
            throws ExecutionException, InterruptedException, TimeoutException {
        return answer.get(ANSWER.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
