package dev.darkroom.standalone.chaos;

/** Where a job can be when something happens. */
enum Stage {
    /** A worker has it and has done nothing yet. */
    TAKEN,
    /** Its text is encoded, no UNet call was made. */
    ENCODED,
    /** Some steps are done. */
    LOOP,
    /** Its pictures are in the bucket. */
    PICTURES,
    /** Its success is decided, its manifest is not there yet. */
    OUTCOME,
    /** Its manifest is in the bucket. */
    MANIFEST,
    /** Its final event is on the topic. */
    EVENT,
    /** All that is missing is the acknowledgement. */
    ACKNOWLEDGE,
    /** It is done with, or given back; its worker takes the next. */
    ACKNOWLEDGED
}
