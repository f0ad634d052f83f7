package dev.darkroom.producer.submit;

import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.job.JobId;
import java.util.List;
import java.util.Optional;

/** The models that the pool serves. */
public interface ModelCatalog {
    /**
     * The configuration of the checkpoint that a job is to begin with: the version that is asked
     * for, else the canary or the promoted one, whichever the job's id falls to.
     *
     * @throws dev.darkroom.contract.error.DarkroomException UNKNOWN_MODEL, naming what there is
     */
    CheckpointConfiguration require(
            ModelName model, Optional<CheckpointVersion> version, JobId job);

    /**
     * Passes a model that a checkpoint serves.
     *
     * @throws dev.darkroom.contract.error.DarkroomException UNKNOWN_MODEL, naming what there is
     */
    void requireServed(ModelName model);

    /** Every model that is served, by name. */
    List<ServedModel> models();
}
