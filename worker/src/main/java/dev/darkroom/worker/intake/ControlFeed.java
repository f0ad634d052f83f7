package dev.darkroom.worker.intake;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.event.JobOutcome;
import dev.darkroom.contract.event.PreviewRequest;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.platform.kafka.TopicReader;
import dev.darkroom.platform.kafka.TopicRecord;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stops running jobs that were ended from outside, and shows those that someone wants to see. A
 * record of the control topic only says where to look: anyone may write there, and it may be lost,
 * come twice or late. The outcome in the bucket is what counts, and a worker that hears nothing
 * finds it before it begins a job and before it delivers one. Where the bucket does not answer, it
 * is asked again.
 */
public final class ControlFeed implements TopicReader.Handler {
    private static final Logger LOG = LoggerFactory.getLogger(ControlFeed.class);

    private final RunningJobs running;
    private final Function<JobId, Optional<JobOutcome>> outcomes;

    /** Jobs of which the bucket did not say whether they have ended. */
    private final Set<JobId> unanswered = ConcurrentHashMap.newKeySet();

    /**
     * @param outcomes how a job ended, where it has
     */
    public ControlFeed(RunningJobs running, Function<JobId, Optional<JobOutcome>> outcomes) {
        this.running = running;
        this.outcomes = outcomes;
    }

    @Override
    public void accept(TopicRecord record) {
        record.key()
                .filter(JobId::isValid)
                .map(JobId::new)
                .filter(running::contains)
                .ifPresent(
                        job -> {
                            if (record.value().filter(PreviewRequest::isOne).isPresent()) {
                                running.wanted(job);
                            } else {
                                look(job);
                            }
                        });
    }

    /** Asks again what the bucket did not answer. To be called now and then. */
    public void lookAgain() {
        unanswered.removeIf(job -> !running.contains(job));
        List.copyOf(unanswered).forEach(this::look);
    }

    private void look(JobId job) {
        try {
            if (outcomes.apply(job).isPresent()) {
                LOG.info("job {} was ended elsewhere: stops", job);
                running.ended(job);
            }
            unanswered.remove(job);
        } catch (DarkroomException e) {
            if (unanswered.add(job)) {
                LOG.warn("job {} may have been ended elsewhere, goes on asking", job, e);
            }
        }
    }
}
