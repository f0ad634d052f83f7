package dev.darkroom.standalone.chaos;

import dev.darkroom.contract.queue.Topics;
import dev.darkroom.platform.kafka.KafkaSettings;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.admin.SharePartitionOffsetInfo;
import org.apache.kafka.common.TopicPartition;

/** What workers take from, as the broker sees it. */
record WorkQueue(KafkaSettings kafka) {
    private static final String GROUP = Topics.WORKERS_GROUP;
    private static final TopicPartition TAKEN_FROM = new TopicPartition(Topics.READY, 0);

    /** Records that wait or are locked; nothing while the broker does not say. */
    Optional<Long> lag() {
        try (Admin admin =
                Admin.create(
                        Map.of(
                                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                                kafka.bootstrapServers()))) {
            SharePartitionOffsetInfo info =
                    admin.listShareGroupOffsets(
                                    Map.of(
                                            GROUP,
                                            new ListShareGroupOffsetsSpec()
                                                    .topicPartitions(List.of(TAKEN_FROM))))
                            .partitionsToOffsetInfo(GROUP)
                            .get()
                            .get(TAKEN_FROM);
            return info == null ? Optional.empty() : info.lag();
        } catch (ExecutionException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether every record is done with: none waits and none is locked. */
    boolean isEmpty() {
        return lag().equals(Optional.of(0L));
    }

    /**
     * How many consumers the broker takes for members, of dead workers too until it misses them.
     */
    String members() {
        try (Admin admin =
                Admin.create(
                        Map.of(
                                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                                kafka.bootstrapServers()))) {
            return admin
                    .describeShareGroups(List.of(GROUP))
                    .all()
                    .get()
                    .get(GROUP)
                    .members()
                    .stream()
                    .map(
                            member ->
                                    member.clientId()
                                            + (member.assignment().topicPartitions().isEmpty()
                                                    ? " without a partition"
                                                    : ""))
                    .sorted()
                    .toList()
                    .toString();
        } catch (ExecutionException e) {
            return "unknown: " + e.getMessage();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
