package dev.darkroom.platform.kafka;

import java.util.Arrays;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/** Headers of the dead-letter topic. */
final class DeadLetterHeaders {
    private static final String OURS = "darkroom-";

    static final String JOB = OURS + "job";
    static final String CODE = OURS + "error-code";
    static final String MESSAGE = OURS + "error-message";
    static final String STACK_TRACE = OURS + "error-stack-trace";
    static final String STAGE = OURS + "stage";
    static final String DELIVERIES = OURS + "deliveries";
    static final String WORKER = OURS + "worker";
    static final String AT = OURS + "given-up-at";
    static final String TOPIC = OURS + "original-topic";
    static final String PARTITION = OURS + "original-partition";
    static final String OFFSET = OURS + "original-offset";
    static final String TIMESTAMP = OURS + "original-timestamp";
    static final String BYTES = OURS + "original-bytes";

    /** On a record without a value: says what became of a letter, {@code redriven, dropped}. */
    static final String MARK = OURS + "mark";

    /** On a mark: the new job's id. */
    static final String REDRIVEN_AS = OURS + "redriven-as";

    /** On a job that was redriven, and on its events: the id of the one that was given up on. */
    static final String REDRIVE_OF = OURS + "redrive-of";

    /** Bytes of the headers that a record came with. */
    private static final int MAX_THEIRS = 256 << 10;

    private static final int MAX_MESSAGE = 2000;
    private static final int MAX_CAUSES = 4;
    private static final int MAX_FRAMES = 16;

    private DeadLetterHeaders() {}

    /** The record's own headers and why it is given up on. */
    static Headers of(ConsumerRecord<byte[], byte[]> raw, int deliveries, GivenUp why) {
        Headers headers = new RecordHeaders();
        copy(raw.headers(), headers);
        why.job().ifPresent(job -> CloudEventHeaders.add(headers, JOB, job.value()));
        CloudEventHeaders.add(headers, CODE, why.reason().code().name());
        CloudEventHeaders.add(headers, MESSAGE, clip(why.reason().reason(), MAX_MESSAGE));
        CloudEventHeaders.add(headers, STACK_TRACE, stackTrace(why.reason()));
        CloudEventHeaders.add(headers, STAGE, why.stage().wireName());
        CloudEventHeaders.add(headers, DELIVERIES, Integer.toString(deliveries));
        CloudEventHeaders.add(headers, WORKER, why.worker());
        CloudEventHeaders.add(headers, AT, why.at().toString());
        ReadyRecord.origin(raw)
                .headers()
                .forEach((name, value) -> CloudEventHeaders.add(headers, name, value));
        ReadyRecord.originalBytes(raw)
                .ifPresent(bytes -> CloudEventHeaders.add(headers, BYTES, bytes));
        return headers;
    }

    /**
     * Anyone may write jobs: what is said in our name must be ours, and of headers that are only
     * small when compressed those that fit go on.
     */
    static void copy(Headers from, Headers to) {
        int left = MAX_THEIRS;
        for (Header header : from) {
            byte[] value = header.value();
            left -= header.key().length() + (value == null ? 0 : value.length);
            if (left >= 0 && (!isOurs(header.key()) || header.key().equals(REDRIVE_OF))) {
                to.add(header);
            }
        }
    }

    static boolean isOurs(String name) {
        return name.startsWith(OURS);
    }

    /** What failed and what made it fail, with the frames next to each failure. */
    private static String stackTrace(Throwable failure) {
        StringBuilder text = new StringBuilder();
        Throwable now = failure;
        for (int i = 0; now != null && i < MAX_CAUSES; i++) {
            text.append(i == 0 ? "" : "Caused by: ").append(clip(now.toString(), MAX_MESSAGE));
            Arrays.stream(now.getStackTrace())
                    .limit(MAX_FRAMES)
                    .forEach(frame -> text.append("\n\tat ").append(frame));
            text.append('\n');
            now = now.getCause();
        }
        return text.toString();
    }

    private static String clip(String text, int limit) {
        return text.substring(0, Math.min(text.length(), limit));
    }
}
