package dev.darkroom.producer.training;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.queue.Topics;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.contract.training.TrainingEvent;
import dev.darkroom.contract.training.TrainingId;
import dev.darkroom.contract.training.TrainingOutcome;
import dev.darkroom.contract.training.TrainingRequest;
import dev.darkroom.platform.kafka.KafkaSettings;
import dev.darkroom.platform.kafka.TopicReader;
import dev.darkroom.platform.kafka.TopicRecord;
import dev.darkroom.platform.objectstore.ObjectStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Every training that was asked for, with the last that was heard of it. Reads its topics from the
 * first question on: a pool that never trains pays nothing.
 */
public final class TrainingBoard implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TrainingBoard.class);
    private static final Duration READING = Duration.ofSeconds(10);

    private final KafkaSettings kafka;
    private final ObjectStore store;
    private final Map<TrainingId, TrainingStatus> known = new LinkedHashMap<>();

    /** The last event of trainings whose request has not been read yet. */
    private final Map<TrainingId, List<TrainingEvent>> early = new LinkedHashMap<>();

    private Optional<TopicReader> reader = Optional.empty();

    public TrainingBoard(KafkaSettings kafka, ObjectStore store) {
        this.kafka = kafka;
        this.store = store;
    }

    /** The latest first. */
    public List<TrainingStatus> latest(int limit) {
        catchUp();
        synchronized (known) {
            List<TrainingStatus> all = new ArrayList<>(known.values());
            Collections.reverse(all);
            return all.stream().limit(limit).map(this::settled).toList();
        }
    }

    /**
     * @throws DarkroomException UNKNOWN_JOB where no such training was asked for
     */
    public TrainingStatus require(TrainingId id) {
        catchUp();
        TrainingStatus status;
        synchronized (known) {
            status = known.get(id);
        }
        if (status == null) {
            throw new DarkroomException(ErrorCode.UNKNOWN_JOB, "no training has the id " + id);
        }
        return settled(status);
    }

    /** Where no event tells how it ended, because of its age or a crash, the bucket does. */
    private TrainingStatus settled(TrainingStatus status) {
        if (status.outcome().isPresent()) {
            return status;
        }
        TrainingRequest request = status.request();
        return store.find(ObjectKeys.trainingOutcome(request.model(), request.id()))
                .map(json -> Json.readTolerant(json, TrainingOutcome.class))
                .map(outcome -> ended(status, outcome))
                .orElse(status);
    }

    private synchronized void catchUp() {
        if (reader.isEmpty()) {
            TopicReader started =
                    new TopicReader(
                            kafka, List.of(Topics.TRAINING, Topics.TRAINING_EVENTS), this::follow);
            started.start();
            reader = Optional.of(started);
        }
        if (!reader.get().awaitCaughtUp(READING)) {
            throw new DarkroomException(
                    ErrorCode.QUEUE_UNAVAILABLE, "cannot read the trainings in time");
        }
    }

    private void follow(TopicRecord record) {
        if (record.value().isEmpty()) {
            return;
        }
        try {
            if (record.topic().equals(Topics.TRAINING)) {
                asked(Json.readTolerant(record.value().get(), TrainingRequest.class), record.at());
            } else {
                happened(Json.readTolerant(record.value().get(), TrainingEvent.class));
            }
        } catch (DarkroomException e) {
            LOG.warn("passed over a record of {}: {}", record.topic(), e.reason());
        }
    }

    private void asked(TrainingRequest request, Instant at) {
        synchronized (known) {
            if (known.putIfAbsent(request.id(), TrainingStatus.waiting(request, at)) == null) {
                Optional.ofNullable(early.remove(request.id()))
                        .ifPresent(events -> events.forEach(this::happened));
            }
        }
    }

    private void happened(TrainingEvent event) {
        synchronized (known) {
            TrainingStatus before = known.get(event.id());
            if (before == null) {
                early.computeIfAbsent(event.id(), any -> new ArrayList<>()).add(event);
            } else if (before.outcome().isEmpty()) {
                known.put(event.id(), after(before, event));
            }
        }
    }

    private static TrainingStatus after(TrainingStatus before, TrainingEvent event) {
        if (event instanceof TrainingEvent.Finished finished) {
            return ended(before, finished.outcome());
        }
        if (event instanceof TrainingEvent.Started started) {
            return new TrainingStatus(
                    before.request(),
                    "running",
                    event.at(),
                    Optional.of(started.trainer()),
                    Optional.of(started.parent()),
                    before.progress(),
                    Optional.empty());
        }
        if (event instanceof TrainingEvent.Progressed progressed) {
            return new TrainingStatus(
                    before.request(),
                    "running",
                    event.at(),
                    before.trainer(),
                    before.parent(),
                    Optional.of(progressed.progress()),
                    Optional.empty());
        }
        return new TrainingStatus(
                before.request(),
                "waiting",
                event.at(),
                Optional.empty(),
                before.parent(),
                before.progress(),
                Optional.empty());
    }

    private static TrainingStatus ended(TrainingStatus before, TrainingOutcome outcome) {
        JsonNode result = Json.tree(Json.write(outcome.result()));
        return new TrainingStatus(
                before.request(),
                result.asText(),
                outcome.at(),
                before.trainer(),
                before.parent(),
                before.progress(),
                Optional.of(outcome));
    }

    @Override
    public synchronized void close() {
        reader.ifPresent(TopicReader::close);
    }
}
