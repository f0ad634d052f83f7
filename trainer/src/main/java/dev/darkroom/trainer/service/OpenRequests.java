package dev.darkroom.trainer.service;

import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.queue.Topics;
import dev.darkroom.contract.training.DatasetName;
import dev.darkroom.contract.training.TrainingId;
import dev.darkroom.contract.training.TrainingRequest;
import dev.darkroom.platform.kafka.TopicReader;
import dev.darkroom.platform.kafka.TopicRecord;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The requests of the training topic that are not known to be done, in the order in which they
 * came. Nothing is ever committed: the outcome in the bucket is the acknowledgement, so that no
 * request is lost with the trainer that has it, and one that comes twice is one.
 */
final class OpenRequests implements TopicReader.Handler {
    private static final Logger LOG = LoggerFactory.getLogger(OpenRequests.class);

    private final Predicate<ModelName> wanted;
    private final Map<TrainingId, TrainingRequest> open = new LinkedHashMap<>();
    private final Semaphore news = new Semaphore(0);
    private final Set<TrainingId> done = new HashSet<>();

    /**
     * @param wanted models whose requests are to be worked on
     */
    OpenRequests(Predicate<ModelName> wanted) {
        this.wanted = wanted;
    }

    @Override
    public synchronized void accept(TopicRecord record) {
        if (record.value().isEmpty()) {
            return;
        }
        try {
            TrainingRequest request = Json.read(record.value().get(), TrainingRequest.class);
            if (!done.contains(request.id())
                    && open.putIfAbsent(request.id(), request) == null
                    && wanted.test(request.model())) {
                news.release();
            }
        } catch (DarkroomException e) {
            LOG.warn("passed over a record of {}: {}", Topics.TRAINING, e.reason());
        }
    }

    synchronized void done(TrainingRequest request) {
        open.remove(request.id());
        done.add(request.id());
    }

    /** The requests of each model that is wanted, oldest first. */
    synchronized Map<ModelName, List<TrainingRequest>> byModel() {
        Map<ModelName, List<TrainingRequest>> models = new LinkedHashMap<>();
        open.values()
                .forEach(
                        request ->
                                models.computeIfAbsent(request.model(), any -> new ArrayList<>())
                                        .add(request));
        models.keySet().removeIf(wanted.negate());
        return models;
    }

    /** A model's requests to be trained on a data set, also where they do not count here. */
    synchronized List<TrainingRequest> of(ModelName model, DatasetName dataset) {
        return open.values().stream()
                .filter(each -> each.model().equals(model) && each.dataset().equals(dataset))
                .toList();
    }

    /** Waits until something comes, somebody wakes it, or the time is up. */
    void await(long millis) throws InterruptedException {
        if (news.tryAcquire(Math.max(1, millis), TimeUnit.MILLISECONDS)) {
            news.drainPermits();
        }
    }

    void wake() {
        news.release();
    }
}
