package dev.darkroom.platform.kafka;

import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.queue.TraceContext;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/**
 * A record of the dead-letter topic: the job's record as it came, with headers that say why nobody
 * will try it again.
 */
public final class DeadLetter {
    private final Origin origin;
    private final TopicRecord record;
    private final boolean whole;

    private DeadLetter(Origin origin, TopicRecord record, boolean whole) {
        this.origin = origin;
        this.record = record;
        this.whole = whole;
    }

    /**
     * Which record of the work topic it was: the same for every burial of it, and for no other even
     * where the topic is made anew.
     *
     * @param timestamp of the record, in ms
     */
    public record Origin(String topic, int partition, long offset, long timestamp) {
        static Optional<Origin> of(TopicRecord record) {
            try {
                return Optional.of(
                        new Origin(
                                header(record, DeadLetterHeaders.TOPIC).orElse(""),
                                Integer.parseInt(
                                        header(record, DeadLetterHeaders.PARTITION).orElse("")),
                                Long.parseLong(header(record, DeadLetterHeaders.OFFSET).orElse("")),
                                Long.parseLong(
                                        header(record, DeadLetterHeaders.TIMESTAMP).orElse("0"))));
            } catch (NumberFormatException e) {
                return Optional.empty();
            }
        }

        Map<String, String> headers() {
            return Map.of(
                    DeadLetterHeaders.TOPIC, topic,
                    DeadLetterHeaders.PARTITION, Integer.toString(partition),
                    DeadLetterHeaders.OFFSET, Long.toString(offset),
                    DeadLetterHeaders.TIMESTAMP, Long.toString(timestamp));
        }

        @Override
        public String toString() {
            return topic + ":" + partition + ":" + offset;
        }
    }

    /**
     * What became of a dead letter.
     *
     * @param redrivenAs the job that it was put on the queue as; none: it was dropped
     */
    public record Mark(Origin origin, Optional<JobId> redrivenAs, Instant at) {
        /** The mark, where the record is one. */
        public static Optional<Mark> read(TopicRecord record) {
            return header(record, DeadLetterHeaders.MARK)
                    .filter(any -> record.value().isEmpty())
                    .flatMap(any -> Origin.of(record))
                    .map(
                            origin ->
                                    new Mark(
                                            origin,
                                            job(record, DeadLetterHeaders.REDRIVEN_AS),
                                            record.at()));
        }
    }

    /** The letter, where the record is one: not a mark, and from the work topic. */
    public static Optional<DeadLetter> read(TopicRecord record) {
        boolean mark = header(record, DeadLetterHeaders.MARK).isPresent();
        return mark
                ? Optional.empty()
                : Origin.of(record)
                        .map(
                                origin ->
                                        new DeadLetter(
                                                origin,
                                                record,
                                                header(record, DeadLetterHeaders.BYTES).isEmpty()));
    }

    public Origin origin() {
        return origin;
    }

    /** The job's id where the record says one, else where the record came from. */
    public String name() {
        return job().map(JobId::value).orElseGet(origin::toString);
    }

    /** The id that the record itself says. */
    public Optional<JobId> job() {
        return job(record, DeadLetterHeaders.JOB);
    }

    public ErrorCode code() {
        String name = header(record, DeadLetterHeaders.CODE).orElse("");
        for (ErrorCode code : ErrorCode.values()) {
            if (code.name().equals(name)) {
                return code;
            }
        }
        return ErrorCode.INTERNAL;
    }

    public String message() {
        return header(record, DeadLetterHeaders.MESSAGE).orElse("");
    }

    /** As {@link dev.darkroom.contract.job.JobStage} names it; nothing in letters of old. */
    public Optional<String> stage() {
        return header(record, DeadLetterHeaders.STAGE);
    }

    /** Deliveries, the last included. */
    public int attempts() {
        try {
            return Integer.parseInt(header(record, DeadLetterHeaders.DELIVERIES).orElse("1"));
        } catch (NumberFormatException e) {
            return 1;
        }
    }

    public Optional<String> worker() {
        return header(record, DeadLetterHeaders.WORKER);
    }

    /** When it was given up on. */
    public Instant at() {
        try {
            return header(record, DeadLetterHeaders.AT).map(Instant::parse).orElse(record.at());
        } catch (DateTimeException e) {
            return record.at();
        }
    }

    public Optional<String> traceparent() {
        return header(record, CloudEventHeaders.TRACEPARENT).flatMap(TraceContext::of);
    }

    public Optional<String> stackTrace() {
        return header(record, DeadLetterHeaders.STACK_TRACE);
    }

    /** The name of the letter that this one's job was redriven from. */
    public Optional<String> redriveOf() {
        return header(record, DeadLetterHeaders.REDRIVE_OF);
    }

    /** The record's value, not to be changed; its beginning where it is not whole. */
    public byte[] value() {
        return record.value().orElseGet(() -> new byte[0]);
    }

    /** Whether the value is all that came. */
    public boolean isWhole() {
        return whole;
    }

    /** The letter with no more than the beginning of its value. */
    public DeadLetter shortened(int bytes) {
        return value().length <= bytes
                ? this
                : new DeadLetter(origin, record.withValue(Arrays.copyOf(value(), bytes)), false);
    }

    /** All headers, ours and those that the record came with. */
    public Map<String, String> headers() {
        return record.headers();
    }

    private static Optional<String> header(TopicRecord record, String name) {
        return Optional.ofNullable(record.headers().get(name));
    }

    private static Optional<JobId> job(TopicRecord record, String header) {
        return header(record, header).filter(JobId::isValid).map(JobId::new);
    }
}
