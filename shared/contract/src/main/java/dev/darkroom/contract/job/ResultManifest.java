package dev.darkroom.contract.job;

import dev.darkroom.contract.checkpoint.CheckpointVersion;
import java.time.Instant;
import java.util.List;

/**
 * What a finished job left in the object store, written last and once ({@code result.schema.json}).
 * Its being there is what "done" means.
 *
 * @param job as it was run
 * @param checkpoint version of the model that made the pictures
 * @param attempt delivery that finished, from 1
 * @param worker name of the worker that finished it
 * @param seconds per stage
 */
public record ResultManifest(
        GenerationJob job,
        CheckpointVersion checkpoint,
        List<StoredImage> images,
        int attempt,
        String worker,
        StageTimings seconds,
        Instant finishedAt) {
    public ResultManifest {
        images = List.copyOf(images);
    }
}
