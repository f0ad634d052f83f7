package dev.darkroom.contract.error;

import com.fasterxml.jackson.annotation.JsonEnumDefaultValue;

/**
 * Every error that Darkroom tells anyone about. The name is the code on the wire and stays stable.
 */
public enum ErrorCode {
    /** A job record or request body that is not the JSON it should be. */
    MALFORMED_REQUEST(Disposition.USER, "Not the JSON that was expected"),
    /** A field outside its bounds, missing or unknown. */
    INVALID_REQUEST(Disposition.USER, "A field is missing, unknown or outside its bounds"),
    /** No checkpoint is promoted for the model, or the version asked for does not exist. */
    UNKNOWN_MODEL(Disposition.USER, "The model or version is not served"),
    /** A width or height that the model cannot make. */
    UNSUPPORTED_SIZE(Disposition.USER, "The model cannot make this size"),
    /** No such job, or no such picture of it. */
    UNKNOWN_JOB(Disposition.USER, "No such job or picture"),
    /** A picture of a job that is still queued or running. */
    JOB_NOT_DONE(Disposition.USER, "The job is not done yet"),
    /** No key, or one that is unknown, damaged or revoked. */
    UNAUTHENTICATED(Disposition.USER, "A valid API key is needed"),
    /** The key's roles or tenant do not allow it; or, without keys, where it was asked from. */
    FORBIDDEN(Disposition.USER, "Whoever asks may not do this"),
    /** The tenant has as many jobs, or asks for them as fast, as it may; later there is room. */
    QUOTA_EXCEEDED(Disposition.USER, "The tenant has used up its quota"),
    /** An idempotency key that came before, with another request. */
    IDEMPOTENCY_CONFLICT(Disposition.USER, "The idempotency key belongs to another request"),
    /** A job that was to be ended and has ended already. */
    JOB_ENDED(Disposition.USER, "The job has ended already"),
    /** A checkpoint folder that cannot be imported: the message names file and tensor or key. */
    INVALID_CHECKPOINT(Disposition.USER, "The checkpoint cannot be imported"),
    /** A data set that cannot be trained on: the message names file and line. */
    INVALID_DATASET(Disposition.USER, "The data set cannot be trained on"),

    /** The object store does not answer, or answers that it cannot now. */
    STORE_UNAVAILABLE(Disposition.TRANSIENT, "The object store does not answer"),
    /** The broker does not answer. */
    QUEUE_UNAVAILABLE(Disposition.TRANSIENT, "The queue does not answer"),
    /** The lock on a job was lost while it ran; another worker may have it. */
    LOCK_LOST(Disposition.TRANSIENT, "Another worker has the job"),
    /** The service is starting or stopping. */
    NOT_READY(Disposition.TRANSIENT, "The service is starting or stopping"),
    /** Memory or another resource of this worker ran out. */
    RESOURCE_EXHAUSTED(Disposition.TRANSIENT, "Memory or another resource ran out"),

    /** A published checkpoint whose files do not match its manifest or do not load. */
    CORRUPT_CHECKPOINT(Disposition.PERMANENT, "The published checkpoint is damaged"),
    /** A training whose loss is no number any more. */
    TRAINING_DIVERGED(Disposition.PERMANENT, "The training led nowhere"),
    /** The model produced something that is no picture, or a stage failed. */
    GENERATION_FAILED(Disposition.PERMANENT, "The model made no picture"),
    /** The job was delivered as often as allowed and never finished. */
    ATTEMPTS_EXHAUSTED(
            Disposition.PERMANENT, "The job was tried as often as allowed and never finished"),
    /** Broker or store refuse what the pool needs: credentials, versions, settings. */
    MISCONFIGURED(Disposition.PERMANENT, "Broker or store refuse what the pool needs"),
    /** A fault of ours; also what a code of a later version is read as. */
    @JsonEnumDefaultValue
    INTERNAL(Disposition.PERMANENT, "A fault of Darkroom");

    private final Disposition disposition;
    private final String title;

    ErrorCode(Disposition disposition, String title) {
        this.disposition = disposition;
        this.title = title;
    }

    public Disposition disposition() {
        return disposition;
    }

    /** What the code means, in a few words for someone who has never seen it. */
    public String title() {
        return title;
    }
}
