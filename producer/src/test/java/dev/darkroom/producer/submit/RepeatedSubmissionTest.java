package dev.darkroom.producer.submit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.job.Deadline;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.GenerationRequest;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.storage.Sha256;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.producer.Jobs;
import dev.darkroom.producer.status.JobBoard;
import dev.darkroom.testing.Interposed;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a key that came before means, by the clock and by the request. */
class RepeatedSubmissionTest {
    private static final GenerationRequest REQUEST = GenerationRequest.of("x");
    private static final IdempotencyKey KEY = new IdempotencyKey("once");
    private static final Duration PATIENCE = Duration.ofSeconds(25);

    private final Map<Object, byte[]> bucket = new HashMap<>();
    private final List<Duration> waits = new ArrayList<>();
    private Instant now = Jobs.at(1000);
    private boolean losesJobs;

    /** The second time by clocks that agree, that differ, and when nobody can be writing it. */
    @ParameterizedTest
    @CsvSource({"0, 25", "10, 15", "25, 0", "3600, 0", "-3600, 25"})
    void waitsForARecordAsLongAsItMayStillCome(int later, int seconds) {
        losesJobs = true;
        assertThatThrownBy(() -> submit(SubmittedRequest.of(REQUEST)))
                .isInstanceOf(DarkroomException.class);
        losesJobs = false;
        assertThat(waits).isEmpty();
        now = now.plusSeconds(later);

        submit(SubmittedRequest.of(REQUEST));

        assertThat(waits).containsExactly(Duration.ofSeconds(seconds));
    }

    @Test
    void isTheSameRequestWheneverItsSecondsBegin() {
        JobId first = submit(in(60));
        now = now.plusSeconds(5);

        assertThat(submit(in(60))).isEqualTo(first);
        assertThat(refusal(in(55))).isEqualTo(ErrorCode.IDEMPOTENCY_CONFLICT);
        assertThat(refusal(SubmittedRequest.of(REQUEST))).isEqualTo(ErrorCode.IDEMPOTENCY_CONFLICT);
    }

    @Test
    void isTheSameRequestUntilTheSameMomentOnly() {
        SubmittedRequest moment = SubmittedRequest.of(until(60));
        JobId first = submit(moment);

        assertThat(submit(moment)).isEqualTo(first);
        assertThat(refusal(SubmittedRequest.of(until(61))))
                .isEqualTo(ErrorCode.IDEMPOTENCY_CONFLICT);
        assertThat(refusal(in(60))).isEqualTo(ErrorCode.IDEMPOTENCY_CONFLICT);
        assertThat(refusal(SubmittedRequest.of(REQUEST))).isEqualTo(ErrorCode.IDEMPOTENCY_CONFLICT);
    }

    /** As versions before kept it: the hash of the request without its deadline. */
    @Test
    void isKnownAgainAsEarlierVersionsKeptIt() {
        GenerationJob job = REQUEST.resolve(Jobs.ID, Jobs.MODEL, Jobs.CONFIGURATION);
        new Submissions(store())
                .keep(
                        TenantName.DEFAULT,
                        KEY,
                        new Submission(Sha256.of(Json.write(REQUEST)), now, job, true));

        assertThat(submit(in(60))).isEqualTo(job.id());
        assertThat(submit(SubmittedRequest.of(REQUEST))).isEqualTo(job.id());
        assertThat(refusal(SubmittedRequest.of(GenerationRequest.of("y"))))
                .isEqualTo(ErrorCode.IDEMPOTENCY_CONFLICT);
    }

    private SubmittedRequest in(long seconds) {
        return new SubmittedRequest(REQUEST, Optional.of(seconds));
    }

    private GenerationRequest until(long seconds) {
        return REQUEST.until(Optional.of(Deadline.in(seconds, now)));
    }

    private ErrorCode refusal(SubmittedRequest request) {
        return catchThrowableOfType(DarkroomException.class, () -> submit(request)).code();
    }

    private JobId submit(SubmittedRequest request) {
        Clock clock = clock();
        return new JobSubmission(
                        Interposed.as(
                                ModelCatalog.class, (method, arguments) -> Jobs.CONFIGURATION),
                        queue(),
                        new Quotas(
                                tenant -> Quotas.Limits.NONE, new JobBoard(10), () -> true, clock),
                        new OncePerKey(new Submissions(store()), this::isOnQueue, PATIENCE, clock),
                        Jobs.MODEL,
                        clock)
                .submit(request, Optional.of(KEY), Optional.empty())
                .jobId();
    }

    private Clock clock() {
        return Clock.fixed(now, ZoneOffset.UTC);
    }

    private boolean isOnQueue(JobId job, Duration wait) {
        waits.add(wait);
        return true;
    }

    private JobQueue queue() {
        return Interposed.as(
                JobQueue.class,
                (method, arguments) -> {
                    if (losesJobs) {
                        throw new DarkroomException(ErrorCode.QUEUE_UNAVAILABLE, "no broker");
                    }
                    return null;
                });
    }

    private ObjectStore store() {
        return Interposed.as(
                ObjectStore.class,
                (method, arguments) ->
                        switch (method.getName()) {
                            case "find" -> Optional.ofNullable(bucket.get(arguments[0]));
                            case "putIfAbsent" ->
                                    bucket.putIfAbsent(arguments[0], (byte[]) arguments[1]) == null;
                            case "put" -> bucket.put(arguments[0], (byte[]) arguments[1]);
                            default -> throw new AssertionError(method);
                        });
    }
}
