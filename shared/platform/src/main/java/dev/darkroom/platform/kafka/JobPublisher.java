package dev.darkroom.platform.kafka;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.event.CheckpointEvent;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.event.PreviewRequest;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.JobRecord;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.queue.Topics;
import dev.darkroom.contract.training.TrainingEvent;
import dev.darkroom.contract.training.TrainingRequest;
import dev.darkroom.platform.thread.DaemonThreads;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes to the pool's topics: jobs, trainings, events of both and of checkpoints, dead letters.
 * One for a process, for all threads.
 */
public final class JobPublisher implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(JobPublisher.class);
    private static final String JOB_TYPE = "dev.darkroom.job";
    private static final String TRAINING_TYPE = "dev.darkroom.training";
    private static final String CHECKPOINT_TYPE = "dev.darkroom.checkpoint";
    private static final int MAX_WAITING = 256;

    private final String source;
    private final RecordWriter writer;

    /**
     * Writes what may be lost, since even handing a record to the client can take seconds while the
     * broker is away. What does not fit into its queue is lost.
     */
    private final ThreadPoolExecutor lossy;

    /**
     * @param source the CloudEvents source of what it writes, as in {@code /darkroom/producer}
     */
    public JobPublisher(KafkaSettings settings, String source) {
        this.source = source;
        this.writer = new RecordWriter(settings);
        this.lossy =
                new ThreadPoolExecutor(
                        1,
                        1,
                        0,
                        TimeUnit.SECONDS,
                        new ArrayBlockingQueue<>(MAX_WAITING),
                        DaemonThreads.named("darkroom-lossy-events"),
                        new ThreadPoolExecutor.DiscardPolicy());
    }

    /** Puts a job on the work topic and returns when the broker has it. */
    public void submit(GenerationJob job, Optional<String> traceparent) {
        String id = job.id().value();
        Headers headers =
                CloudEventHeaders.of(id, source, JOB_TYPE, Instant.now(), id, traceparent);
        writer.write(record(Topics.JOBS, id, JobRecord.encode(job), headers));
    }

    /** Writes an event and returns when the broker has it. */
    public void publish(JobEvent event, Optional<String> traceparent) {
        writer.write(record(Topics.JOB_EVENTS, event, traceparent));
    }

    /**
     * Tells every worker that a job has ended from outside, and returns when the broker has it. It
     * only makes them look: what they go by is the outcome in the bucket, which must be there.
     */
    public void control(JobEvent end) {
        writer.write(record(Topics.JOB_CONTROL, end, Optional.empty()));
    }

    /** Asks the worker that runs a job to show it, and returns when the broker has it. */
    public void control(PreviewRequest request) {
        String job = request.jobId().value();
        Headers headers =
                CloudEventHeaders.of(
                        UUID.randomUUID().toString(),
                        source,
                        JOB_TYPE + ".preview",
                        request.at(),
                        job,
                        Optional.empty());
        writer.write(record(Topics.JOB_CONTROL, job, Json.write(request), headers));
    }

    /**
     * Writes an event that may be lost (progress); returns at once and never throws. May come after
     * an event of the same job that was published later.
     */
    public void publishLossy(JobEvent event, Optional<String> traceparent) {
        lossily(() -> publish(event, traceparent), event.type(), event.jobId());
    }

    /**
     * @param of whose event it is
     */
    private void lossily(Runnable publishing, String type, Object of) {
        lossy.execute(
                () -> {
                    try {
                        publishing.run();
                    } catch (DarkroomException e) {
                        LOG.debug("lost {} of {}", type, of, e);
                    }
                });
    }

    /** Writes an event and returns when the broker has it. */
    public void publish(CheckpointEvent event) {
        Headers headers =
                CloudEventHeaders.of(
                        UUID.randomUUID().toString(),
                        source,
                        CHECKPOINT_TYPE + "." + event.type(),
                        event.at(),
                        event.checkpoint().toString(),
                        Optional.empty());
        writer.write(
                record(
                        Topics.CHECKPOINT_EVENTS,
                        event.model().value(),
                        Json.write(event),
                        headers));
    }

    /** Puts a request on the training topic and returns when the broker has it. */
    public void submit(TrainingRequest request) {
        String id = request.id().value();
        Headers headers =
                CloudEventHeaders.of(
                        id, source, TRAINING_TYPE, Instant.now(), id, Optional.empty());
        writer.write(
                record(Topics.TRAINING, request.model().value(), Json.write(request), headers));
    }

    /** Writes an event and returns when the broker has it. */
    public void publish(TrainingEvent event) {
        Headers headers =
                CloudEventHeaders.of(
                        UUID.randomUUID().toString(),
                        source,
                        TRAINING_TYPE + "." + event.type(),
                        event.at(),
                        event.id().value(),
                        Optional.empty());
        writer.write(
                record(Topics.TRAINING_EVENTS, event.model().value(), Json.write(event), headers));
    }

    /** Writes an event that may be lost; returns at once and never throws. */
    public void publishLossy(TrainingEvent event) {
        lossily(() -> publish(event), event.type(), "training " + event.id());
    }

    private ProducerRecord<byte[], byte[]> record(
            String topic, JobEvent event, Optional<String> traceparent) {
        String job = event.jobId().value();
        Headers headers =
                CloudEventHeaders.of(
                        UUID.randomUUID().toString(),
                        source,
                        JOB_TYPE + "." + event.type(),
                        event.at(),
                        job,
                        traceparent);
        return record(topic, job, Json.write(event), headers);
    }

    private static ProducerRecord<byte[], byte[]> record(
            String topic, String key, byte[] value, Headers headers) {
        return new ProducerRecord<>(
                topic, null, null, key.getBytes(StandardCharsets.UTF_8), value, headers);
    }

    /**
     * Puts a record that is given up on, as it came, on the dead-letter topic, with headers that
     * say why.
     */
    public void bury(AcquiredRecord record, GivenUp why) {
        ConsumerRecord<byte[], byte[]> raw = record.raw();
        Headers headers = DeadLetterHeaders.of(raw, record.deliveries(), why);
        writer.write(
                new ProducerRecord<>(
                        Topics.DEAD_JOBS, null, null, raw.key(), raw.value(), headers));
    }

    /**
     * Puts the job of a dead letter on the work topic again, under another id, with the headers
     * that it came with; returns when the broker has it.
     *
     * @param value the record of the new job
     */
    public void redrive(DeadLetter letter, JobId job, byte[] value) {
        Headers headers = redriven(letter, job.value(), job, JOB_TYPE, Instant.now());
        letter.headers()
                .forEach(
                        (name, text) -> {
                            if (!DeadLetterHeaders.isOurs(name)
                                    && headers.lastHeader(name) == null) {
                                CloudEventHeaders.add(headers, name, text);
                            }
                        });
        writer.write(record(Topics.JOBS, job.value(), value, headers));
    }

    /** Tells that the job of a dead letter is on the queue again, as another. */
    public void tellRedriven(DeadLetter letter, JobEvent.Accepted event) {
        Headers headers =
                redriven(
                        letter,
                        UUID.randomUUID().toString(),
                        event.jobId(),
                        JOB_TYPE + "." + event.type(),
                        event.at());
        writer.write(record(Topics.JOB_EVENTS, event.jobId().value(), Json.write(event), headers));
    }

    private Headers redriven(DeadLetter letter, String id, JobId job, String type, Instant at) {
        Headers headers =
                CloudEventHeaders.of(id, source, type, at, job.value(), letter.traceparent());
        CloudEventHeaders.add(headers, DeadLetterHeaders.REDRIVE_OF, letter.name());
        return headers;
    }

    /** Says what became of a dead letter, and returns when the broker has it. */
    public void mark(DeadLetter letter, Optional<JobId> redrivenAs) {
        Headers headers = new RecordHeaders();
        CloudEventHeaders.add(
                headers, DeadLetterHeaders.MARK, redrivenAs.isPresent() ? "redriven" : "dropped");
        redrivenAs.ifPresent(
                job -> CloudEventHeaders.add(headers, DeadLetterHeaders.REDRIVEN_AS, job.value()));
        letter.origin()
                .headers()
                .forEach((name, value) -> CloudEventHeaders.add(headers, name, value));
        writer.write(
                new ProducerRecord<>(
                        Topics.DEAD_JOBS,
                        null,
                        null,
                        letter.name().getBytes(StandardCharsets.UTF_8),
                        null,
                        headers));
    }

    @Override
    public void close() {
        lossy.shutdownNow();
        writer.close();
    }
}
