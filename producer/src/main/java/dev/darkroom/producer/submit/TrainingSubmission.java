package dev.darkroom.producer.submit;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.training.TrainingRequest;
import java.util.UUID;
import java.util.function.Consumer;

/** Takes requests for trainings. */
public final class TrainingSubmission {
    private final ModelCatalog catalog;
    private final Consumer<TrainingRequest> queue;

    /**
     * @param queue returns when the broker has the request
     */
    public TrainingSubmission(ModelCatalog catalog, Consumer<TrainingRequest> queue) {
        this.catalog = catalog;
        this.queue = queue;
    }

    /**
     * @param body a request; one without an id gets one
     * @throws dev.darkroom.contract.error.DarkroomException INVALID_REQUEST, or UNKNOWN_MODEL where
     *     nothing serves the model that could be fine-tuned
     */
    public TrainingRequest submit(ObjectNode body) {
        if (!body.hasNonNull("id")) {
            body.put("id", UUID.randomUUID().toString());
        }
        TrainingRequest request = Json.convert(body, TrainingRequest.class);
        catalog.requireServed(request.model());
        queue.accept(request);
        return request;
    }
}
