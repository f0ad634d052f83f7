package dev.darkroom.producer.dead;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.queue.Topics;
import dev.darkroom.platform.kafka.DeadLetter;
import dev.darkroom.platform.kafka.KafkaSettings;
import dev.darkroom.platform.kafka.TopicReader;
import dev.darkroom.platform.kafka.TopicRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Every dead letter on the topic, with its mark. Reads the topic from the first question on: a pool
 * where nobody asks pays nothing.
 *
 * <p>A letter may come twice, where a worker died between burying and rejecting: it is one, and a
 * mark counts for all copies, those that come after it too.
 */
public final class DeadLetterBoard implements AutoCloseable {
    private static final Duration READING = Duration.ofSeconds(10);

    /** Of a record that is no job, this much is held. */
    private static final int SHOWN_BYTES = 4096;

    private final KafkaSettings kafka;
    private final Map<DeadLetter.Origin, DeadLetterStatus> letters = new LinkedHashMap<>();
    private final Map<DeadLetter.Origin, DeadLetter.Mark> marks = new HashMap<>();
    private Optional<TopicReader> reader = Optional.empty();

    public DeadLetterBoard(KafkaSettings kafka) {
        this.kafka = kafka;
    }

    /**
     * The letters of now, the latest first.
     *
     * @throws DarkroomException QUEUE_UNAVAILABLE where the topic cannot be read to its end in time
     */
    public List<DeadLetterStatus> latest() {
        catchUp();
        synchronized (letters) {
            List<DeadLetterStatus> all = new ArrayList<>(letters.values());
            java.util.Collections.reverse(all);
            return all;
        }
    }

    /**
     * The letter of this name; the latest where several have it, of those that are open if any is.
     *
     * @throws DarkroomException UNKNOWN_JOB where there is none
     */
    public DeadLetterStatus require(String name) {
        List<DeadLetterStatus> all = named(name);
        return all.stream()
                .filter(DeadLetterStatus::isOpen)
                .findFirst()
                .or(() -> all.stream().findFirst())
                .orElseThrow(
                        () ->
                                new DarkroomException(
                                        ErrorCode.UNKNOWN_JOB, "no dead letter has this name"));
    }

    /**
     * All letters of this name, the latest first: several where records of one job came apart, and
     * each was given up on.
     */
    List<DeadLetterStatus> named(String name) {
        return latest().stream().filter(status -> status.letter().name().equals(name)).toList();
    }

    private synchronized void catchUp() {
        if (reader.isEmpty()) {
            TopicReader started = new TopicReader(kafka, List.of(Topics.DEAD_JOBS), this::follow);
            started.start();
            reader = Optional.of(started);
        }
        if (!reader.get().awaitCaughtUp(READING)) {
            throw new DarkroomException(
                    ErrorCode.QUEUE_UNAVAILABLE, "cannot read the dead letters in time");
        }
    }

    private void follow(TopicRecord record) {
        synchronized (letters) {
            DeadLetter.Mark.read(record).ifPresent(this::marked);
            DeadLetter.read(record).ifPresent(this::buried);
        }
    }

    /** The first mark counts. */
    private void marked(DeadLetter.Mark mark) {
        if (marks.putIfAbsent(mark.origin(), mark) == null) {
            letters.computeIfPresent(
                    mark.origin(),
                    (origin, open) ->
                            new DeadLetterStatus(
                                    open.letter().shortened(SHOWN_BYTES),
                                    Optional.of(mark),
                                    open.obstacle()));
        }
    }

    private void buried(DeadLetter letter) {
        Optional<DeadLetter.Mark> mark = Optional.ofNullable(marks.get(letter.origin()));
        Optional<String> obstacle = obstacle(letter);
        DeadLetter kept =
                mark.isPresent() || obstacle.isPresent() ? letter.shortened(SHOWN_BYTES) : letter;
        letters.putIfAbsent(letter.origin(), new DeadLetterStatus(kept, mark, obstacle));
    }

    private static Optional<String> obstacle(DeadLetter letter) {
        try {
            Redrive.of(letter);
            return Optional.empty();
        } catch (DarkroomException e) {
            return Optional.of(e.reason());
        }
    }

    @Override
    public synchronized void close() {
        reader.ifPresent(TopicReader::close);
    }
}
