package dev.darkroom.producer.submit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.GenerationRequest;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.producer.Jobs;
import dev.darkroom.producer.status.JobBoard;
import dev.darkroom.testing.Interposed;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class JobSubmissionTest {
    private static final Clock CLOCK = Clock.fixed(Jobs.at(5), ZoneOffset.UTC);

    /** Whoever sends no key needs no store. */
    private static final ObjectStore NO_STORE =
            Interposed.as(
                    ObjectStore.class,
                    (method, arguments) -> {
                        throw new AssertionError(method);
                    });

    private final FakeQueue queue = new FakeQueue();
    private final List<JobId> asked = new ArrayList<>();
    private final JobSubmission submission =
            new JobSubmission(
                    new FakeCatalog(),
                    queue,
                    new Quotas(tenant -> Quotas.Limits.NONE, new JobBoard(10), CLOCK),
                    new OncePerKey(
                            new Submissions(NO_STORE), (job, wait) -> true, Duration.ZERO, CLOCK),
                    Jobs.MODEL,
                    CLOCK);

    @Test
    void putsTheResolvedJobBeforeItsEvent() {
        JobEvent.Accepted accepted =
                submission.submit(
                        GenerationRequest.of("a red sneaker"),
                        Optional.empty(),
                        Optional.of("trace"));

        assertThat(queue.written).containsExactly(accepted.job(), accepted);
        assertThat(queue.traces).containsOnly(Optional.of("trace"));
        assertThat(accepted.at()).isEqualTo(Jobs.at(5));
        assertThat(accepted.job()).isEqualTo(Jobs.job(accepted.jobId(), "a red sneaker"));
        assertThat(asked).containsExactly(accepted.jobId());
    }

    @Test
    void everyJobHasAnIdAndSeedOfItsOwn() {
        Set<Object> seen = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            GenerationJob job =
                    submission
                            .submit(GenerationRequest.of("x"), Optional.empty(), Optional.empty())
                            .job();
            seen.add(job.id());
            seen.add(job.seed());
        }
        assertThat(seen).hasSize(200);
    }

    @Test
    void aJobOnTheQueueIsAcceptedEvenIfItsEventIsLost() {
        queue.losesEvents = true;
        JobEvent.Accepted accepted =
                submission.submit(GenerationRequest.of("x"), Optional.empty(), Optional.empty());
        assertThat(queue.written).containsExactly(accepted.job());
    }

    @Test
    void nothingIsAnnouncedThatIsNotOnTheQueue() {
        queue.losesJobs = true;
        assertThat(refusal(GenerationRequest.of("x"))).isEqualTo(ErrorCode.QUEUE_UNAVAILABLE);
        assertThat(queue.written).isEmpty();
    }

    @Test
    void nothingIsQueuedThatTheModelCannotMake() {
        GenerationRequest odd =
                new GenerationRequest(
                        Optional.empty(),
                        "x",
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(33),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty());
        assertThat(refusal(odd)).isEqualTo(ErrorCode.UNSUPPORTED_SIZE);
        assertThat(queue.written).isEmpty();
    }

    private ErrorCode refusal(GenerationRequest request) {
        return catchThrowableOfType(
                        DarkroomException.class,
                        () -> submission.submit(request, Optional.empty(), Optional.empty()))
                .code();
    }

    private final class FakeCatalog implements ModelCatalog {
        @Override
        public CheckpointConfiguration require(
                ModelName model, Optional<CheckpointVersion> version, JobId job) {
            assertThat(model).isEqualTo(Jobs.MODEL);
            asked.add(job);
            return Jobs.CONFIGURATION;
        }

        @Override
        public void requireServed(ModelName model) {
            assertThat(model).isEqualTo(Jobs.MODEL);
        }

        @Override
        public List<ServedModel> models() {
            return List.of();
        }
    }

    private static final class FakeQueue implements JobQueue {
        private final List<Object> written = new ArrayList<>();
        private final List<Optional<String>> traces = new ArrayList<>();
        private boolean losesJobs;
        private boolean losesEvents;

        @Override
        public void put(GenerationJob job, Optional<String> traceparent) {
            write(job, traceparent, losesJobs);
        }

        @Override
        public void tell(JobEvent event, Optional<String> traceparent) {
            write(event, traceparent, losesEvents);
        }

        @Override
        public void control(JobEvent end) {
            throw new AssertionError("whoever submits ends nothing");
        }

        private void write(Object value, Optional<String> traceparent, boolean loses) {
            if (loses) {
                throw new DarkroomException(ErrorCode.QUEUE_UNAVAILABLE, "no broker");
            }
            written.add(value);
            traces.add(traceparent);
        }
    }
}
