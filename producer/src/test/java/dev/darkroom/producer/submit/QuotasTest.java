package dev.darkroom.producer.submit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.platform.kafka.PoolTopology;
import dev.darkroom.producer.Jobs;
import dev.darkroom.producer.status.JobBoard;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class QuotasTest {
    private static final TenantName ACME = new TenantName("acme");
    private static final TenantName OTHER = new TenantName("other");

    private final JobBoard board = new JobBoard(1000);
    private Instant now = Jobs.at(0);
    private boolean complete = true;
    private long jobs;

    @Test
    void countsJobsThatWaitOrRunOfEachTenantAlone() {
        Quotas quotas = quotas(OptionalInt.of(2), OptionalInt.empty());
        GenerationJob first = accept(ACME, 1);
        accept(OTHER, 1);
        assertThatCode(() -> quotas.admit(ACME, 1).close()).doesNotThrowAnyException();
        GenerationJob second = accept(ACME, 1);

        DarkroomException refusal = refusal(quotas, 1);
        assertThat(refusal.reason())
                .isEqualTo("tenant acme has 2 jobs waiting or running, and may have 2");
        assertThat(refusal.retryAfter()).isPresent();
        assertThatCode(() -> quotas.admit(OTHER, 1).close()).doesNotThrowAnyException();

        board.happened(Jobs.succeeded(first, 1));
        assertThatCode(() -> quotas.admit(ACME, 1).close()).doesNotThrowAnyException();
        board.happened(new JobEvent.Failed(second.id(), now, 1, ErrorCode.INTERNAL, "x"));
        assertThatCode(() -> quotas.admit(ACME, 1).close()).doesNotThrowAnyException();
    }

    @Test
    void countsWhatIsUnderWayHere() {
        Quotas quotas = quotas(OptionalInt.of(2), OptionalInt.of(10));
        Quotas.Admission one = quotas.admit(ACME, 1);
        Quotas.Admission two = quotas.admit(ACME, 1);
        assertThat(refusal(quotas, 1).code()).isEqualTo(ErrorCode.QUOTA_EXCEEDED);
        // Another tenant's have no part in it.
        try (Quotas.Admission others = quotas.admit(OTHER, 10)) {
            assertThat(others).isNotNull();
            assertThat(refusal(quotas, 1).reason()).contains("tenant acme has 2 jobs");
        }
        two.close();
        assertThat(refusal(quotas, 10).reason()).contains("asked for 1 pictures");
        one.close();
        quotas.admit(ACME, 10).close();
    }

    @Test
    void saysWhenPicturesOfTheLastMinuteLeaveRoom() {
        Quotas quotas = quotas(OptionalInt.empty(), OptionalInt.of(8));
        accept(ACME, 4);
        now = now.plusSeconds(20);
        accept(ACME, 3);
        now = now.plusSeconds(20);
        quotas.admit(ACME, 1).close();

        DarkroomException refusal = refusal(quotas, 2);
        assertThat(refusal.reason())
                .isEqualTo("tenant acme asked for 7 pictures within a minute, and may ask for 8");
        assertThat(refusal.retryAfter()).contains(Duration.ofSeconds(20));
        assertThat(refusal(quotas, 8).retryAfter()).contains(Duration.ofSeconds(40));

        now = now.plusSeconds(20);
        quotas.admit(ACME, 2).close();
        assertThat(refusal(quotas, 8).code()).isEqualTo(ErrorCode.QUOTA_EXCEEDED);
        now = now.plusSeconds(20);
        quotas.admit(ACME, 8).close();
    }

    @Test
    void jobsThatAreHeardOfOutOfOrderLeaveRoomInOrder() {
        Quotas quotas = quotas(OptionalInt.empty(), OptionalInt.of(8));
        now = now.plusSeconds(20);
        accept(ACME, 4);
        now = now.minusSeconds(20);
        accept(ACME, 4);
        now = now.plusSeconds(30);

        assertThat(refusal(quotas, 4).retryAfter()).contains(Duration.ofSeconds(30));
    }

    @Test
    void whatNeverFitsIsNotToBeTriedAgain() {
        DarkroomException refusal = refusal(quotas(OptionalInt.empty(), OptionalInt.of(8)), 9);
        assertThat(refusal.code()).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(refusal.reason()).contains("count is 9", "8 pictures a minute");
    }

    @Test
    void jobsWhoseEventsAreGoneDoNotCountForEver() {
        Quotas quotas = quotas(OptionalInt.of(1), OptionalInt.empty());
        accept(ACME, 1);
        assertThat(refusal(quotas, 1).code()).isEqualTo(ErrorCode.QUOTA_EXCEEDED);
        now = now.plus(Duration.ofDays(PoolTopology.EVENT_DAYS));
        quotas.admit(ACME, 1).close();
    }

    @Test
    void whileTheBoardIsReadOnlyTenantsWithoutLimitsAreLetIn() {
        complete = false;
        for (Quotas limited :
                List.of(
                        quotas(OptionalInt.of(2), OptionalInt.empty()),
                        quotas(OptionalInt.empty(), OptionalInt.of(8)))) {
            assertThat(refusal(limited, 1).code()).isEqualTo(ErrorCode.NOT_READY);
            complete = true;
            limited.admit(ACME, 1).close();
            complete = false;
        }
        quotas(OptionalInt.empty(), OptionalInt.empty()).admit(ACME, 1).close();
    }

    @Test
    void withoutLimitsThereIsRoomForEveryone() {
        Quotas quotas = quotas(OptionalInt.empty(), OptionalInt.empty());
        for (int i = 0; i < 100; i++) {
            accept(ACME, 16);
        }
        quotas.admit(ACME, 16).close();
    }

    private Quotas quotas(OptionalInt most, OptionalInt pictures) {
        return new Quotas(
                tenant -> new Quotas.Limits(most, pictures),
                board,
                () -> complete,
                new Clock() {
                    @Override
                    public java.time.ZoneId getZone() {
                        return ZoneOffset.UTC;
                    }

                    @Override
                    public Clock withZone(java.time.ZoneId zone) {
                        return this;
                    }

                    @Override
                    public Instant instant() {
                        return now;
                    }
                });
    }

    private GenerationJob accept(TenantName tenant, int count) {
        GenerationJob job = Jobs.job(Jobs.id(++jobs), "x", tenant, count);
        board.happened(new JobEvent.Accepted(job.id(), now, job));
        return job;
    }

    private static DarkroomException refusal(Quotas quotas, int pictures) {
        return catchThrowableOfType(DarkroomException.class, () -> quotas.admit(ACME, pictures));
    }
}
