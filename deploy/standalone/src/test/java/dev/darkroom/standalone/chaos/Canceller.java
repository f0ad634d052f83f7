package dev.darkroom.standalone.chaos;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.Disposition;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.queue.Topics;
import dev.darkroom.platform.kafka.JobPublisher;
import dev.darkroom.platform.kafka.KafkaSettings;
import dev.darkroom.platform.kafka.TopicReader;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.producer.status.BoardFeed;
import dev.darkroom.producer.status.JobBoard;
import dev.darkroom.producer.status.JobDirectory;
import dev.darkroom.producer.status.Results;
import dev.darkroom.producer.submit.JobCancellation;
import dev.darkroom.producer.submit.JobQueue;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** Cancels jobs as a producer does, and asks again until it has an answer. */
final class Canceller implements AutoCloseable {
    private static final int BOARD = 100_000;

    /** When a job was cancelled. */
    enum Moment {
        WAITING,
        RUNNING,
        /** While it stood still between two stages. */
        HELD
    }

    /**
     * @param cancelled whether the producer said that the job gets no result; otherwise it said
     *     that it came too late
     */
    record Answer(Moment moment, boolean cancelled) {}

    private final Ledger ledger;
    private final TopicReader reader;
    private final JobDirectory directory;
    private final JobCancellation cancellation;
    private final Map<JobId, Moment> asked = new ConcurrentHashMap<>();
    private final Map<JobId, Answer> answers = new ConcurrentHashMap<>();
    private final Map<JobId, String> refused = new ConcurrentHashMap<>();
    private final Thread thread = new Thread(this::work, "canceller");

    Canceller(KafkaSettings kafka, ObjectStore store, JobPublisher publisher, Ledger ledger) {
        this.ledger = ledger;
        JobBoard board = new JobBoard(BOARD);
        reader =
                new TopicReader(
                        kafka, List.of(Topics.JOBS, Topics.JOB_EVENTS), new BoardFeed(board));
        Results results = new Results(store);
        directory = new JobDirectory(board, results, reader::awaitCaughtUp);
        cancellation =
                new JobCancellation(
                        directory,
                        board,
                        results,
                        JobQueue.of(publisher, board, Clock.systemUTC()),
                        Clock.systemUTC());
        thread.setDaemon(true);
    }

    void start() {
        reader.start();
        if (!directory.catchUp(Duration.ofMinutes(1))) {
            throw new IllegalStateException("the topics cannot be read");
        }
        thread.start();
    }

    /** To be cancelled when it is time for a job of its kind. */
    void ask(JobId job, Kind kind) {
        asked.put(job, kind == Kind.UNWANTED ? Moment.WAITING : Moment.RUNNING);
    }

    private void work() {
        try {
            while (true) {
                for (Map.Entry<JobId, Moment> each : List.copyOf(asked.entrySet())) {
                    JobId job = each.getKey();
                    boolean due = each.getValue() == Moment.WAITING || ledger.hasStarted(job);
                    if (due) {
                        cancel(job, each.getValue());
                    }
                    if (due || ledger.hasEnded(job)) {
                        asked.remove(job);
                    }
                }
                TimeUnit.MILLISECONDS.sleep(20);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns when it is certain whether the job is cancelled. */
    void cancel(JobId job, Moment moment) throws InterruptedException {
        while (true) {
            try {
                cancellation.cancel(job);
                answers.put(job, new Answer(moment, true));
                return;
            } catch (DarkroomException e) {
                if (e.code() == ErrorCode.JOB_ENDED) {
                    answers.put(job, new Answer(moment, false));
                    return;
                }
                if (e.code().disposition() != Disposition.TRANSIENT) {
                    refused.put(job, e.code() + ": " + e.reason());
                    return;
                }
            }
            TimeUnit.MILLISECONDS.sleep(100);
        }
    }

    /** Whether every job that was to be cancelled has its answer. */
    boolean isDone() {
        return asked.isEmpty();
    }

    /** What was said of jobs that were to be cancelled; the last where they were so twice. */
    Map<JobId, Answer> answers() {
        return answers;
    }

    /** What was said of those that could not be cancelled, for a reason that is none. */
    Map<JobId, String> refused() {
        return refused;
    }

    @Override
    public void close() {
        thread.interrupt();
        reader.close();
    }
}
