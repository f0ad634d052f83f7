package dev.darkroom.contract.storage;

import dev.darkroom.contract.access.ApiKeyId;
import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointFile;
import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.training.DatasetName;
import dev.darkroom.contract.training.TrainingId;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;

/** The layout of the bucket: every key is built here, and only from checked values. */
public final class ObjectKeys {
    /** What the keys of all API keys begin with. */
    public static final String API_KEYS = "keys/";

    private static final String SUBMISSIONS = "submissions/";
    private static final int PARAMETERS_DIGITS = 16;

    private ObjectKeys() {}

    /** What the pool keeps of an API key. */
    public static ObjectKey apiKey(ApiKeyId key) {
        return new ObjectKey(API_KEYS + key + ".json");
    }

    /**
     * What a tenant's idempotency key stands for. Whatever the key's characters are, the object's
     * are those of a hash.
     */
    public static ObjectKey submission(TenantName tenant, String idempotencyKey) {
        String hash = Sha256.of((tenant + "\n" + idempotencyKey).getBytes(StandardCharsets.UTF_8));
        return new ObjectKey(SUBMISSIONS + hash.substring(0, 2) + "/" + hash + ".json");
    }

    /** What the keys of all submissions begin with, in pieces of about the same size. */
    public static List<String> submissionPieces() {
        return IntStream.range(0, 256)
                .mapToObj(piece -> SUBMISSIONS + HexFormat.of().toHexDigits((byte) piece) + "/")
                .toList();
    }

    /** What the keys of a job's objects begin with. */
    public static String job(JobId job) {
        return "jobs/" + job + "/";
    }

    /** Picture {@code index} of a job, from 0. */
    public static ObjectKey image(JobId job, int index) {
        return new ObjectKey(job(job) + index + ".png");
    }

    /**
     * Where picture {@code index} of a job goes when its own place is taken by one that was made
     * otherwise. Whoever makes the same picture puts it under the same key.
     *
     * @param parameters all that the picture was made from, as text
     */
    public static ObjectKey imageBeside(JobId job, int index, String parameters) {
        String hash = Sha256.of(parameters.getBytes(StandardCharsets.UTF_8));
        return new ObjectKey(
                job(job) + index + "-" + hash.substring(0, PARAMETERS_DIGITS) + ".png");
    }

    /** How far the pictures of a running job are. */
    public static ObjectKey preview(JobId job) {
        return new ObjectKey(job(job) + "preview.png");
    }

    /** A job's result manifest. */
    public static ObjectKey result(JobId job) {
        return new ObjectKey(job(job) + "result.json");
    }

    /** How a job ended. */
    public static ObjectKey outcome(JobId job) {
        return new ObjectKey(job(job) + "outcome.json");
    }

    /** Says that a job with a deadline was begun in time. */
    public static ObjectKey begun(JobId job) {
        return new ObjectKey(job(job) + "begun.json");
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

    /** What the keys of all versions of a model begin with. */
    public static String checkpoints(ModelName model) {
        return "checkpoints/" + model + "/";
    }

    /** What the keys of a data set's files begin with. */
    public static String dataset(DatasetName dataset) {
        return "datasets/" + dataset + "/";
    }

    /** A file of a data set, by its path in the data set's folder. */
    public static ObjectKey datasetFile(DatasetName dataset, String path) {
        return new ObjectKey(dataset(dataset) + path);
    }

    /** What the keys of a training begin with. */
    public static String training(ModelName model, TrainingId training) {
        return "training/" + model + "/" + training + "/";
    }

    /**
     * A file of a training.
     *
     * @param path relative, with '/', as {@link CheckpointFile} allows
     */
    public static ObjectKey trainingFile(ModelName model, TrainingId training, String path) {
        return new ObjectKey(training(model, training) + path);
    }

    /** How a training ended; written last and once. */
    public static ObjectKey trainingOutcome(ModelName model, TrainingId training) {
        return trainingFile(model, training, "outcome.json");
    }

    /** What was last trained on, of a model and a data set. */
    public static ObjectKey trainedData(ModelName model, DatasetName dataset) {
        return new ObjectKey("training/" + model + "/data/" + dataset + ".json");
    }

    /** What the keys begin with that name the versions which trainings of a model began from. */
    public static String trainingParents(ModelName model) {
        return "training/" + model + "/parents/";
    }

    /** Says that a training which is not over began from a version, and needs it. */
    public static ObjectKey trainingParent(CheckpointId parent, TrainingId training) {
        return new ObjectKey(
                trainingParents(parent.model()) + parent.version() + "/" + training + ".json");
    }

    /** What the keys of the lease on a model's training begin with. */
    public static String trainingLease(ModelName model) {
        return "training/" + model + "/lease/";
    }

    /** What the keys of the lease on judging a model's canary begin with. */
    public static String canaryLease(ModelName model) {
        return "training/" + model + "/canary/";
    }

    /** What the keys of the lease on redriving and dropping dead letters begin with. */
    public static String deadLettersLease() {
        return "dead-letters/lease/";
    }

    /** What services write twice at their start, to see that the second write is refused. */
    public static ObjectKey writtenOnce() {
        return new ObjectKey("probe/written-once");
    }

    /** What the keys of the lease on sending webhooks begin with. */
    public static String webhooksLease() {
        return "webhooks/lease/";
    }
}
