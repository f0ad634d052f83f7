package dev.darkroom.producer.api;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.JobPreview;
import dev.darkroom.contract.event.PreviewRequest;
import dev.darkroom.producer.status.Attempt;
import dev.darkroom.producer.status.JobBoard;
import dev.darkroom.producer.status.JobState;
import dev.darkroom.producer.status.JobStatus;
import dev.darkroom.producer.status.Results;
import dev.darkroom.producer.submit.JobQueue;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** Shows jobs that run: asks their workers, and waits for what they show. */
public final class JobPreviews {
    private static final Duration RETRY = Duration.ofSeconds(2);

    private final JobBoard board;
    private final Results results;
    private final JobQueue queue;
    private final Clock clock;
    private final ScheduledExecutorService timers;

    public JobPreviews(
            JobBoard board,
            Results results,
            JobQueue queue,
            Clock clock,
            ScheduledExecutorService timers) {
        this.board = board;
        this.results = results;
        this.queue = queue;
        this.clock = clock;
        this.timers = timers;
    }

    /**
     * The preview of the job's latest step, or the first that is told of from now on; where that
     * takes too long, the one that is there. No thread waits for it.
     *
     * @param wait at most so long
     * @return a PNG, or {@link ErrorCode#JOB_NOT_DONE} where there is none yet, or {@link
     *     ErrorCode#JOB_ENDED}
     */
    Uni<byte[]> show(JobState found, Duration wait) {
        long end = System.nanoTime() + wait.toNanos();
        return await(found, end, state -> state.status() == JobStatus.RUNNING)
                .emitOn(Infrastructure.getDefaultWorkerPool())
                .invoke(this::ask)
                .chain(asked -> await(asked, end, state -> isNews(asked, state)))
                .emitOn(Infrastructure.getDefaultWorkerPool())
                .map(this::picture);
    }

    private void ask(JobState state) {
        requireRunning(state);
        queue.show(new PreviewRequest(state.id(), clock.instant()));
    }

    private static boolean isNews(JobState before, JobState now) {
        Optional<JobPreview> preview = now.attempt().flatMap(Attempt::preview);
        boolean latest =
                preview.isPresent()
                        && preview.map(JobPreview::step).equals(now.attempt().map(Attempt::step));
        return latest
                || (preview.isPresent()
                        && !preview.equals(before.attempt().flatMap(Attempt::preview)));
    }

    private byte[] picture(JobState state) {
        requireRunning(state);
        return results.preview(state.id())
                .orElseThrow(
                        () -> {
                            requireRunning(latest(state));
                            return notYet("the job runs: no worker has shown it yet");
                        });
    }

    private static void requireRunning(JobState state) {
        switch (state.status()) {
            case RUNNING -> {}
            case ACCEPTED -> throw notYet("the job waits: there is nothing to see yet");
            case SUCCEEDED ->
                    throw new DarkroomException(
                            ErrorCode.JOB_ENDED, "the job has succeeded: its pictures are there");
            case FAILED, CANCELLED, EXPIRED ->
                    throw new DarkroomException(
                            ErrorCode.JOB_ENDED,
                            "the job is "
                                    + state.status().wireName()
                                    + ": there is nothing to see");
        }
    }

    private static DarkroomException notYet(String why) {
        return new DarkroomException(ErrorCode.JOB_NOT_DONE, why, RETRY);
    }

    private JobState latest(JobState known) {
        return board.find(known.id()).orElse(known);
    }

    /**
     * @param end of the wait, of {@link System#nanoTime}
     * @return the job as soon as it is so or has ended, at the end as it then is
     */
    private Uni<JobState> await(JobState known, long end, Predicate<JobState> enough) {
        return Uni.createFrom()
                .emitter(
                        emitter -> {
                            Runnable look =
                                    () -> {
                                        JobState now = latest(known);
                                        if (now.end().isPresent() || enough.test(now)) {
                                            emitter.complete(now);
                                        }
                                    };
                            Runnable unwatch = board.watch(known.id(), look);
                            ScheduledFuture<?> over =
                                    timers.schedule(
                                            () -> emitter.complete(latest(known)),
                                            Math.max(0, end - System.nanoTime()),
                                            TimeUnit.NANOSECONDS);
                            emitter.onTermination(
                                    () -> {
                                        unwatch.run();
                                        over.cancel(false);
                                    });
                            look.run();
                        });
    }
}
