package dev.darkroom.producer.submit;

import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import java.util.List;
import java.util.Optional;

/** The models that the pool serves. */
public interface ModelCatalog {
    /**
     * The configuration of a model's promoted checkpoint, or of the version that is asked for.
     *
     * @throws dev.darkroom.contract.error.DarkroomException UNKNOWN_MODEL, naming what there is
     */
    CheckpointConfiguration require(ModelName model, Optional<CheckpointVersion> version);

    /** Every model that is served, by name. */
    List<ServedModel> models();
}
