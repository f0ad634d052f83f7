package dev.darkroom.contract.error;

/**
 * Every error that Darkroom tells anyone about. The name is the code on the wire and stays stable.
 */
public enum ErrorCode {
    /** A job record or request body that is not the JSON it should be. */
    MALFORMED_REQUEST(Disposition.USER),
    /** A field outside its bounds, missing or unknown. */
    INVALID_REQUEST(Disposition.USER),
    /** No checkpoint is promoted for the model, or the version asked for does not exist. */
    UNKNOWN_MODEL(Disposition.USER),
    /** A width or height that the model cannot make. */
    UNSUPPORTED_SIZE(Disposition.USER),
    /** No such job, or no such picture of it. */
    UNKNOWN_JOB(Disposition.USER),
    /** A checkpoint folder that cannot be imported: the message names file and tensor or key. */
    INVALID_CHECKPOINT(Disposition.USER),

    /** The object store does not answer, or answers that it cannot now. */
    STORE_UNAVAILABLE(Disposition.TRANSIENT),
    /** The broker does not answer. */
    QUEUE_UNAVAILABLE(Disposition.TRANSIENT),
    /** The lock on a job was lost while it ran; another worker may have it. */
    LOCK_LOST(Disposition.TRANSIENT),
    /** The service is starting or stopping. */
    NOT_READY(Disposition.TRANSIENT),
    /** Memory or another resource of this worker ran out. */
    RESOURCE_EXHAUSTED(Disposition.TRANSIENT),

    /** A published checkpoint whose files do not match its manifest or do not load. */
    CORRUPT_CHECKPOINT(Disposition.PERMANENT),
    /** The model produced something that is no picture, or a stage failed. */
    GENERATION_FAILED(Disposition.PERMANENT),
    /** The job was delivered as often as allowed and never finished. */
    ATTEMPTS_EXHAUSTED(Disposition.PERMANENT),
    /** Broker or store refuse what the pool needs: credentials, versions, settings. */
    MISCONFIGURED(Disposition.PERMANENT),
    /** A fault of ours. */
    INTERNAL(Disposition.PERMANENT);

    private final Disposition disposition;

    ErrorCode(Disposition disposition) {
        this.disposition = disposition;
    }

    public Disposition disposition() {
        return disposition;
    }
}
