package dev.darkroom.producer.status;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.job.JobRecord;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.queue.Topics;
import dev.darkroom.platform.kafka.TopicReader;
import dev.darkroom.platform.kafka.TopicRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes what is on the topics to the board. Anyone may write to the topics: what cannot be read is
 * passed over here, and answered by the worker that takes it.
 */
public final class BoardFeed implements TopicReader.Handler {
    private static final Logger LOG = LoggerFactory.getLogger(BoardFeed.class);

    private final JobBoard board;

    public BoardFeed(JobBoard board) {
        this.board = board;
    }

    @Override
    public void accept(TopicRecord record) {
        try {
            record.value().ifPresent(value -> read(record, value));
        } catch (DarkroomException e) {
            LOG.debug("Passed over a record of {}: {}", record.topic(), e.reason());
        } catch (RuntimeException e) {
            LOG.warn("Passed over a record of {}", record.topic(), e);
        }
    }

    private void read(TopicRecord record, byte[] value) {
        if (record.topic().equals(Topics.JOBS)) {
            board.seen(JobRecord.decode(value), record.at());
        } else if (record.topic().equals(Topics.JOB_EVENTS)) {
            board.happened(Json.readTolerant(value, JobEvent.class));
        }
    }
}
