package dev.darkroom.producer.status;

import com.fasterxml.jackson.annotation.JsonValue;

/** Where a job is on its way. */
public enum JobStatus {
    /** On the queue. */
    ACCEPTED("accepted"),
    /** A worker has it. */
    RUNNING("running"),
    /** Its pictures are in the bucket. */
    SUCCEEDED("succeeded"),
    /** Nobody will try it again. */
    FAILED("failed"),
    /** It was taken back. */
    CANCELLED("cancelled"),
    /** It was not begun before its deadline. */
    EXPIRED("expired");

    private final String wireName;

    JobStatus(String wireName) {
        this.wireName = wireName;
    }

    @JsonValue
    public String wireName() {
        return wireName;
    }
}
