package dev.darkroom.trainer.service;

import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.storage.ObjectKey;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.contract.training.TrainingId;
import dev.darkroom.contract.training.TrainingRequest;
import dev.darkroom.platform.kafka.JobPublisher;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.trainer.data.DataListing;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks for a training where a data set is no longer what it was at the last one. Any number of
 * trainers may watch the same: the request's id is a function of what was found, so that they ask
 * for one and the same training.
 */
final class DataWatch {
    private static final Logger LOG = LoggerFactory.getLogger(DataWatch.class);

    private final ObjectStore store;
    private final JobPublisher publisher;
    private final OpenRequests requests;

    /**
     * @param requests all that the topic has at every look
     */
    DataWatch(ObjectStore store, JobPublisher publisher, OpenRequests requests) {
        this.store = store;
        this.publisher = publisher;
        this.requests = requests;
    }

    /**
     * Which data a training that waits or runs ends with is not known before it does: only then is
     * there something to compare with.
     */
    private boolean isAskedFor(TrainerOptions.Scheduled scheduled) {
        for (TrainingRequest request : requests.of(scheduled.model(), scheduled.dataset())) {
            if (!TrainingRun.hasOutcome(store, request)) {
                return true;
            }
        }
        return false;
    }

    /** Looks once; returns what it asked for. */
    Optional<TrainingRequest> look(TrainerOptions.Scheduled scheduled) {
        if (isAskedFor(scheduled)) {
            return Optional.empty();
        }
        DataListing now = DataListing.of(store, scheduled.dataset());
        ObjectKey key = ObjectKeys.trainedData(scheduled.model(), scheduled.dataset());
        Optional<TrainedData> last =
                store.find(key).map(json -> Json.readTolerant(json, TrainedData.class));
        if (now.objects().isEmpty()
                || last.map(TrainedData::fingerprint).equals(Optional.of(now.fingerprint()))) {
            return Optional.empty();
        }
        // The training before is part of the name: data that are again as they once were are new.
        String name =
                scheduled.model()
                        + "\n"
                        + scheduled.dataset()
                        + "\n"
                        + now.fingerprint()
                        + "\n"
                        + last.map(before -> before.training().value()).orElse("");
        TrainingRequest request =
                TrainingRequest.of(
                        TrainingId.of(
                                UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8))),
                        scheduled.model(),
                        scheduled.dataset());
        publisher.submit(request);
        store.put(
                key,
                Json.write(new TrainedData(now.fingerprint(), request.id())),
                "application/json");
        LOG.info("new data in {}: asked for training {}", scheduled.dataset(), request.id());
        return Optional.of(request);
    }
}
