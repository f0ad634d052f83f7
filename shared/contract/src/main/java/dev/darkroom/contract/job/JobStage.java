package dev.darkroom.contract.job;

import com.fasterxml.jackson.annotation.JsonValue;

/** How far an attempt at a job has come; where it fails, the dead letter names it. */
public enum JobStage {
    /** A worker has the record and reads it. */
    TAKEN("taken"),
    /** It waits for the model to be loaded. */
    MODEL("model"),
    TEXT_ENCODER("text_encoder"),
    UNET("unet"),
    VAE_DECODER("vae_decoder"),
    /** Pictures and manifest go to the object store. */
    STORING("storing");

    private final String wireName;

    JobStage(String wireName) {
        this.wireName = wireName;
    }

    @JsonValue
    public String wireName() {
        return wireName;
    }
}
