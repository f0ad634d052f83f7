package dev.darkroom.contract.storage;

import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.job.JobId;

/** The layout of the bucket: every key is built here, and only from checked values. */
public final class ObjectKeys {
    private ObjectKeys() {}

    /** Picture {@code index} of a job, from 0. */
    public static ObjectKey image(JobId job, int index) {
        return new ObjectKey("jobs/" + job + "/" + index + ".png");
    }

    /** A job's result manifest. */
    public static ObjectKey result(JobId job) {
        return new ObjectKey("jobs/" + job + "/result.json");
    }

    /** A file of a checkpoint, by its path in the checkpoint's folder. */
    public static ObjectKey checkpointFile(CheckpointId checkpoint, String path) {
        return new ObjectKey(
                "checkpoints/" + checkpoint.model() + "/" + checkpoint.version() + "/" + path);
    }

    /** A checkpoint's manifest. */
    public static ObjectKey checkpointManifest(CheckpointId checkpoint) {
        return checkpointFile(checkpoint, CheckpointConfiguration.MANIFEST_FILE);
    }

    /**
     * A file of a checkpoint's report; it is made when the checkpoint is there already, whose files
     * are fixed by its manifest, so it lies beside and not in it.
     */
    public static ObjectKey reportFile(CheckpointId checkpoint, String path) {
        return new ObjectKey(
                "reports/" + checkpoint.model() + "/" + checkpoint.version() + "/" + path);
    }
}
