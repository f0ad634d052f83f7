package dev.darkroom.platform.registry;

import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.storage.ObjectKey;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.contract.training.TrainingId;
import dev.darkroom.platform.objectstore.ObjectStore;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which versions trainings that are not over began from: objects in the bucket whose keys say all,
 * so that they are known however trainers and the broker come and go.
 */
final class TrainingParents {
    private static final Logger LOG = LoggerFactory.getLogger(TrainingParents.class);
    private static final String SUFFIX = ".json";

    private final ObjectStore store;

    TrainingParents(ObjectStore store) {
        this.store = store;
    }

    void hold(CheckpointId parent, TrainingId training) {
        store.put(
                ObjectKeys.trainingParent(parent, training),
                Json.write(parent),
                "application/json");
    }

    void release(ModelName model, TrainingId training) {
        held(model).stream()
                .filter(each -> each.training().equals(training))
                .forEach(each -> store.delete(each.key()));
    }

    Set<CheckpointVersion> of(ModelName model) {
        Set<CheckpointVersion> versions = new HashSet<>();
        for (Held each : held(model)) {
            // A trainer that was given up on may come back after the end to say what it needs.
            if (store.size(ObjectKeys.trainingOutcome(model, each.training())).isEmpty()) {
                versions.add(each.parent().version());
            }
        }
        return versions;
    }

    private record Held(CheckpointId parent, TrainingId training) {
        ObjectKey key() {
            return ObjectKeys.trainingParent(parent, training);
        }
    }

    private List<Held> held(ModelName model) {
        String prefix = ObjectKeys.trainingParents(model);
        List<Held> held = new ArrayList<>();
        for (ObjectKey key : store.list(prefix)) {
            String name = key.value().substring(prefix.length());
            int slash = name.indexOf('/');
            if (slash < 0 || !name.endsWith(SUFFIX)) {
                continue;
            }
            try {
                String training = name.substring(slash + 1, name.length() - SUFFIX.length());
                held.add(
                        new Held(
                                new CheckpointId(
                                        model, new CheckpointVersion(name.substring(0, slash))),
                                new TrainingId(training)));
            } catch (DarkroomException e) {
                LOG.warn("passed over {}: {}", key, e.reason());
            }
        }
        return held;
    }
}
