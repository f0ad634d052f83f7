package dev.darkroom.producer.submit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.event.PreviewRequest;
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
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
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
    private final JobSubmission submission = submission(tenant -> Quotas.Limits.NONE);

    private JobSubmission submission(Function<TenantName, Quotas.Limits> limits) {
        return new JobSubmission(
                new FakeCatalog(),
                queue,
                new Quotas(limits, new JobBoard(10), () -> true, CLOCK),
                new OncePerKey(
                        new Submissions(NO_STORE), (job, wait) -> true, Duration.ZERO, CLOCK),
                Jobs.MODEL,
                CLOCK);
    }

    @Test
    void putsTheResolvedJobBeforeItsEvent() {
        JobEvent.Accepted accepted =
                submission.submit(asked("a red sneaker"), Optional.empty(), Optional.of("trace"));

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
                    submission.submit(asked("x"), Optional.empty(), Optional.empty()).job();
            seen.add(job.id());
            seen.add(job.seed());
        }
        assertThat(seen).hasSize(200);
    }

    @Test
    void aJobOnTheQueueIsAcceptedEvenIfItsEventIsLost() {
        queue.losesEvents = true;
        JobEvent.Accepted accepted =
                submission.submit(asked("x"), Optional.empty(), Optional.empty());
        assertThat(queue.written).containsExactly(accepted.job());
    }

    @Test
    void nothingIsAnnouncedThatIsNotOnTheQueue() {
        queue.losesJobs = true;
        assertThat(refusal(GenerationRequest.of("x"))).isEqualTo(ErrorCode.QUEUE_UNAVAILABLE);
        assertThat(queue.written).isEmpty();
    }

    @Test
    void nothingIsQueuedThatItsTenantHasNoRoomFor() {
        TenantName acme = new TenantName("acme");
        Quotas.Limits limits = new Quotas.Limits(OptionalInt.of(1), OptionalInt.of(1));
        JobSubmission limited =
                submission(tenant -> tenant.equals(acme) ? limits : Quotas.Limits.NONE);
        GenerationRequest one = GenerationRequest.of("x").by(acme);
        List<ErrorCode> refusals = new ArrayList<>();
        queue.beforeWriting =
                () -> {
                    queue.beforeWriting = () -> {};
                    // While the first is on its way there is no room for a second.
                    refusals.add(refusal(limited, one));
                };

        limited.submit(SubmittedRequest.of(one), Optional.empty(), Optional.empty());

        assertThat(refusals).containsExactly(ErrorCode.QUOTA_EXCEEDED);
        assertThat(queue.written).hasSize(2);
        // This board never hears of it, so that from now on there is room again; also after a
        // failure.
        queue.losesJobs = true;
        assertThat(refusal(limited, one)).isEqualTo(ErrorCode.QUEUE_UNAVAILABLE);
        queue.losesJobs = false;
        limited.submit(SubmittedRequest.of(one), Optional.empty(), Optional.empty());
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

    private static SubmittedRequest asked(String prompt) {
        return SubmittedRequest.of(GenerationRequest.of(prompt));
    }

    private ErrorCode refusal(GenerationRequest request) {
        return refusal(submission, request);
    }

    private static ErrorCode refusal(JobSubmission by, GenerationRequest request) {
        return catchThrowableOfType(
                        DarkroomException.class,
                        () ->
                                by.submit(
                                        SubmittedRequest.of(request),
                                        Optional.empty(),
                                        Optional.empty()))
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
        private Runnable beforeWriting = () -> {};

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

        @Override
        public void show(PreviewRequest request) {
            throw new AssertionError("whoever submits shows nothing");
        }

        private void write(Object value, Optional<String> traceparent, boolean loses) {
            beforeWriting.run();
            if (loses) {
                throw new DarkroomException(ErrorCode.QUEUE_UNAVAILABLE, "no broker");
            }
            written.add(value);
            traces.add(traceparent);
        }
    }
}
