package dev.darkroom.worker.intake;

import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.event.JobPreview;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.JobStage;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.worker.delivery.Previews;
import dev.darkroom.worker.generate.Generator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells how far a job is: at most five times a second, and of the last step always. Where someone
 * wants to see it, the event of a step waits for its preview and names it; one that takes too long
 * is named by a later event.
 */
final class ProgressReporter implements Generator.Progress {
    /** Four a second, and the last step besides. */
    private static final long INTERVAL_MILLIS = 250;

    private static final Logger LOG = LoggerFactory.getLogger(ProgressReporter.class);

    private final Reporting reporting;
    private final Previews previews;
    private final JobId job;
    private final int attempt;
    private final Optional<String> traceparent;
    private final Reached reached;
    private Optional<JobPreview> preview = Optional.empty();
    private long nextMillis = Long.MIN_VALUE;
    private int toldStep;

    /**
     * @param reached told of each stage that begins
     */
    ProgressReporter(
            Reporting reporting,
            Previews previews,
            JobId job,
            int attempt,
            Optional<String> traceparent,
            Reached reached) {
        this.reporting = reporting;
        this.previews = previews;
        this.job = job;
        this.attempt = attempt;
        this.traceparent = traceparent;
        this.reached = reached;
    }

    @Override
    public void entered(JobStage stage) {
        reached.begin(stage);
    }

    @Override
    public void stepped(int step, int steps, double seconds, Supplier<List<RgbImage>> estimate) {
        reporting.observer().stepped(seconds);
        if (isToBeShown(step, steps)) {
            show(step, steps, estimate);
        }
    }

    /** Tells of the step where that is due, unless its preview is to come first. */
    private synchronized boolean isToBeShown(int step, int steps) {
        long now = reporting.clock().millis();
        // What the last step shows, the pictures do a moment later.
        boolean last = step == steps;
        // A clock that was set back must not silence a job until it has caught up.
        if (!last && now < nextMillis && nextMillis - now <= INTERVAL_MILLIS) {
            return false;
        }
        nextMillis = now + INTERVAL_MILLIS;
        if (!last && reached.demand().take()) {
            return true;
        }
        tell(step, steps);
        return false;
    }

    private void show(int step, int steps, Supplier<List<RgbImage>> estimate) {
        try {
            String text = "step " + step + " of " + steps;
            previews.show(job, estimate.get(), text, there -> shown(step, steps, there));
        } catch (RuntimeException | Error e) {
            LOG.warn("job {} cannot be shown", job, e);
            shown(step, steps, false);
        }
    }

    private void shown(int step, int steps, boolean there) {
        reached.demand().done();
        synchronized (this) {
            if (there) {
                preview = Optional.of(new JobPreview(ObjectKeys.preview(job), step));
            }
            if (toldStep < step) {
                tell(step, steps);
            }
        }
    }

    private synchronized void tell(int step, int steps) {
        toldStep = step;
        nextMillis = reporting.clock().millis() + INTERVAL_MILLIS;
        reporting
                .events()
                .publishLossy(
                        new JobEvent.Progress(
                                job, reporting.clock().instant(), attempt, step, steps, preview),
                        traceparent);
    }
}
