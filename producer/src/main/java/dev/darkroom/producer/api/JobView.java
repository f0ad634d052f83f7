package dev.darkroom.producer.api;

import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.job.GenerationRequest;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.ResultManifest;
import dev.darkroom.contract.job.StageTimings;
import dev.darkroom.contract.job.StoredImage;
import dev.darkroom.producer.status.Attempt;
import dev.darkroom.producer.status.JobState;
import dev.darkroom.producer.status.JobStatus;
import dev.darkroom.producer.status.QueuePlace;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A job as clients see it.
 *
 * @param seed of picture 0
 * @param attempt delivery, from 1; 0 before the first
 * @param step sampling steps done
 * @param steps sampling steps in all, as the worker counts them
 * @param fraction of the steps, 0..1
 * @param position among the jobs that wait, from 1; only of one that waits
 * @param expectedWaitSeconds until it is taken, from what the pool did lately
 * @param checkpoint version of the model
 * @param images the pictures, once they are there
 * @param seconds per stage, once done
 * @param job what was asked for, with defaults filled in; nothing where so many jobs wait that its
 *     prompt is not held here
 */
record JobView(
        JobId id,
        JobStatus status,
        long seed,
        int attempt,
        Optional<Integer> step,
        Optional<Integer> steps,
        double fraction,
        Optional<Integer> position,
        Optional<Double> expectedWaitSeconds,
        Optional<String> worker,
        Optional<CheckpointVersion> checkpoint,
        Optional<Failure> error,
        Optional<List<Image>> images,
        Optional<StageTimings> seconds,
        Optional<Instant> acceptedAt,
        Optional<Instant> startedAt,
        Optional<Instant> finishedAt,
        JobLinks links,
        Optional<GenerationRequest> job) {

    record Failure(ErrorCode code, String message) {}

    record Image(int index, String href, long seed, long size, String sha256) {
        static Image of(JobId id, StoredImage stored) {
            return new Image(
                    stored.index(),
                    JobLinks.image(id, stored.index()),
                    stored.seed(),
                    stored.size(),
                    stored.sha256());
        }
    }

    static JobView of(JobState state, Optional<ResultManifest> result, Optional<QueuePlace> place) {
        Optional<Attempt> attempt = state.attempt();
        Optional<Attempt> counted = attempt.filter(now -> now.steps() > 0);
        return new JobView(
                state.id(),
                state.status(),
                state.seed(),
                result.map(ResultManifest::attempt)
                        .or(() -> attempt.map(Attempt::number))
                        .orElse(0),
                counted.map(Attempt::step),
                counted.map(Attempt::steps),
                state.fraction(),
                place.map(QueuePlace::position),
                place.flatMap(QueuePlace::expectedWait).map(wait -> wait.toMillis() / 1000.0),
                result.map(ResultManifest::worker).or(() -> attempt.flatMap(Attempt::worker)),
                result.map(ResultManifest::checkpoint)
                        .or(() -> attempt.flatMap(Attempt::checkpoint)),
                state.end().flatMap(JobView::failure),
                result.map(
                        done ->
                                done.images().stream()
                                        .map(stored -> Image.of(state.id(), stored))
                                        .toList()),
                result.map(ResultManifest::seconds),
                state.acceptedAt(),
                attempt.flatMap(Attempt::startedAt),
                state.end().map(JobEvent::at),
                JobLinks.of(state),
                result.map(done -> done.job().asRequest())
                        .or(() -> state.request().filter(any -> !state.shortened())));
    }

    private static Optional<Failure> failure(JobEvent end) {
        return end instanceof JobEvent.Failed failed
                ? Optional.of(new Failure(failed.code(), failed.message()))
                : Optional.empty();
    }
}
