package dev.darkroom.platform.kafka;

import dev.darkroom.contract.error.DarkroomException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Writes records and returns when all replicas have them, each once. For all threads of a process.
 */
public final class RecordWriter implements AutoCloseable {
    /** A write that takes longer fails. */
    private static final int LIMIT_MILLIS = 10_000;

    /** A dead letter is a record of full size with a few headers more. */
    private static final int MAX_REQUEST_BYTES = 4 << 20;

    private static final Duration CLOSE = Duration.ofSeconds(5);

    private final KafkaSettings settings;
    private final KafkaProducer<byte[], byte[]> producer;

    public RecordWriter(KafkaSettings settings) {
        this.settings = settings;
        Map<String, Object> own =
                Map.of(
                        ProducerConfig.ACKS_CONFIG,
                        "all",
                        ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
                        true,
                        ProducerConfig.LINGER_MS_CONFIG,
                        0,
                        ProducerConfig.MAX_BLOCK_MS_CONFIG,
                        LIMIT_MILLIS,
                        ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG,
                        LIMIT_MILLIS / 2,
                        ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
                        LIMIT_MILLIS,
                        ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                        MAX_REQUEST_BYTES);
        try {
            this.producer =
                    new KafkaProducer<>(
                            ClientProperties.of(settings, own),
                            new ByteArraySerializer(),
                            new ByteArraySerializer());
        } catch (KafkaException e) {
            throw KafkaErrors.classify(settings, "connect", e);
        }
    }

    /**
     * @param value nothing is a tombstone
     * @throws DarkroomException QUEUE_UNAVAILABLE after 10 to 20 seconds without an answer;
     *     MISCONFIGURED where the broker refuses
     */
    public void write(String topic, String key, Optional<byte[]> value) {
        write(
                new ProducerRecord<>(
                        topic,
                        key.getBytes(java.nio.charset.StandardCharsets.UTF_8),
                        value.orElse(null)));
    }

    void write(ProducerRecord<byte[], byte[]> record) {
        try {
            producer.send(record).get(2L * LIMIT_MILLIS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException | InterruptedException | KafkaException e) {
            throw KafkaErrors.classify(settings, "write to " + record.topic(), e);
        }
    }

    /**
     * Writes and returns before it is written; calls one of both then, from another thread. Where
     * the broker is away it may wait as {@link #write} does.
     *
     * @param done with the record's offset
     */
    void send(
            ProducerRecord<byte[], byte[]> record,
            LongConsumer done,
            Consumer<DarkroomException> failed) {
        String action = "write to " + record.topic();
        try {
            // The callback hears of every failure, those of the future too.
            Future<RecordMetadata> unused =
                    producer.send(
                            record,
                            (written, failure) -> {
                                if (failure == null) {
                                    done.accept(written.offset());
                                } else {
                                    failed.accept(KafkaErrors.classify(settings, action, failure));
                                }
                            });
        } catch (KafkaException | IllegalStateException e) {
            failed.accept(KafkaErrors.classify(settings, action, e));
        }
    }

    /** Waits for what was sent: it is written then, or has failed. */
    void flush() {
        producer.flush();
    }

    /** Waits a few seconds for writes under way. */
    @Override
    public void close() {
        producer.close(CLOSE);
    }
}
