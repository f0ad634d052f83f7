package dev.darkroom.standalone.chaos;

import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.ResultManifest;
import dev.darkroom.contract.job.StoredImage;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.queue.Topics;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.contract.storage.Sha256;
import dev.darkroom.platform.kafka.KafkaSettings;
import dev.darkroom.platform.objectstore.ObjectStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.common.TopicPartition;

/** What must hold of every job, whatever happened. */
final class Invariant {
    private static final TopicPartition READY = new TopicPartition(Topics.READY, 0);

    private final Ledger ledger;
    private final ObjectStore store;
    private final KafkaSettings kafka;
    private final Set<JobId> impossible;

    /**
     * @param impossible jobs that must fail
     */
    Invariant(Ledger ledger, ObjectStore store, KafkaSettings kafka, Set<JobId> impossible) {
        this.impossible = impossible;
        this.ledger = ledger;
        this.store = store;
        this.kafka = kafka;
    }

    List<JobId> lost(List<JobId> accepted) {
        return accepted.stream().filter(job -> !ledger.hasEnded(job)).toList();
    }

    /** In words, for whoever reads a test that failed. */
    List<String> violations(List<JobId> accepted, List<JobId> uncertain) {
        List<String> violations = new ArrayList<>();
        for (JobId job : accepted) {
            check(job, violations);
        }
        for (JobId job : uncertain) {
            if (!ledger.of(job).isEmpty()) {
                check(job, violations);
            }
        }
        return violations;
    }

    private void check(JobId job, List<String> violations) {
        Set<String> ends = ledger.ends(job);
        String due = impossible.contains(job) ? "failed" : "succeeded";
        if (!ends.equals(Set.of(due))) {
            violations.add(job + " ended as " + ends + ": " + ledger.of(job));
        }
        Optional<ResultManifest> manifest =
                store.find(ObjectKeys.result(job))
                        .map(bytes -> Json.readTolerant(bytes, ResultManifest.class));
        if (ends.contains("succeeded") != manifest.isPresent()) {
            violations.add(job + " ended as " + ends + ", manifest: " + manifest.isPresent());
        }
        manifest.ifPresent(result -> checkPictures(result, violations));
    }

    private void checkPictures(ResultManifest result, List<String> violations) {
        if (result.images().size() != result.job().count()) {
            violations.add(result.job().id() + " names " + result.images().size() + " pictures");
        }
        for (StoredImage image : result.images()) {
            Optional<String> hash = store.find(image.key()).map(Sha256::of);
            if (!hash.equals(Optional.of(image.sha256()))) {
                violations.add(image.key() + " is not what its manifest names: " + hash);
            }
        }
    }

    /** Whether every record is done with: none waits and none is locked. */
    boolean isQueueEmpty() {
        try (Admin admin =
                Admin.create(
                        Map.of(
                                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                                kafka.bootstrapServers()))) {
            var info =
                    admin.listShareGroupOffsets(
                                    Map.of(
                                            Topics.WORKERS_GROUP,
                                            new ListShareGroupOffsetsSpec()
                                                    .topicPartitions(List.of(READY))))
                            .partitionsToOffsetInfo(Topics.WORKERS_GROUP)
                            .get()
                            .get(READY);
            return info != null && info.lag().equals(Optional.of(0L));
        } catch (ExecutionException e) {
            return false;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
