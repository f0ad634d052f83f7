package dev.darkroom.standalone.chaos;

/** What happens while a job stands still, before the fault. */
enum Before {
    NOTHING,
    /** The job is cancelled. */
    CANCELLED,
    /** Another version of the model is promoted, and other workers serve it. */
    PROMOTED
}
