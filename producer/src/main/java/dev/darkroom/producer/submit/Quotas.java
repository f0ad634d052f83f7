package dev.darkroom.producer.submit;

import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.platform.kafka.PoolTopology;
import dev.darkroom.producer.status.JobBoard;
import dev.darkroom.producer.status.TenantLoad;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * How much a tenant may ask for. Counted on the board, which hears of every producer's jobs, and of
 * this one's at once: what several producers accept within the moment that a record takes from one
 * to the other may go beyond by that much.
 */
public final class Quotas {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    /** A job that nothing was heard of for so long has ended, and its events are gone. */
    private static final Duration HEARD_OF = Duration.ofDays(PoolTopology.EVENT_DAYS);

    private static final Duration SOON = Duration.ofSeconds(5);

    private final Function<TenantName, Limits> limits;
    private final JobBoard board;
    private final BooleanSupplier complete;
    private final Clock clock;

    /** Admitted here, and not on the board yet. */
    private final Map<TenantName, List<Admission>> underWay = new HashMap<>();

    /**
     * A tenant's limits.
     *
     * @param jobs waiting or running at once
     * @param picturesPerMinute asked for within any minute
     */
    public record Limits(OptionalInt jobs, OptionalInt picturesPerMinute) {
        public static final Limits NONE = new Limits(OptionalInt.empty(), OptionalInt.empty());
    }

    /**
     * @param complete whether the board has heard of all that was there when the producer started
     */
    public Quotas(
            Function<TenantName, Limits> limits,
            JobBoard board,
            BooleanSupplier complete,
            Clock clock) {
        this.limits = limits;
        this.board = board;
        this.complete = complete;
        this.clock = clock;
    }

    /** Room for one job; closed when the job is on the board, or will never be. */
    public final class Admission implements AutoCloseable {
        private final TenantName tenant;
        private final int pictures;

        private Admission(TenantName tenant, int pictures) {
            this.tenant = tenant;
            this.pictures = pictures;
        }

        @Override
        public void close() {
            end(this);
        }
    }

    /**
     * Finds room for a job.
     *
     * @param pictures that it asks for
     * @throws DarkroomException QUOTA_EXCEEDED, with the time after which there may be room;
     *     NOT_READY where nobody knows yet what a tenant with limits has asked for
     */
    public synchronized Admission admit(TenantName tenant, int pictures) {
        Limits allowed = limits.apply(tenant);
        if (!allowed.equals(Limits.NONE)) {
            if (!complete.getAsBoolean()) {
                throw new DarkroomException(
                        ErrorCode.NOT_READY,
                        "the producer is still reading what tenant "
                                + tenant
                                + " asked for before");
            }
            Instant now = clock.instant();
            TenantLoad load = board.load(tenant, now.minus(HEARD_OF), now.minus(MINUTE));
            List<Admission> admitted = underWay.getOrDefault(tenant, List.of());
            allowed.jobs()
                    .ifPresent(most -> requireJobs(tenant, load.open() + admitted.size(), most));
            int asked = admitted.stream().mapToInt(other -> other.pictures).sum();
            allowed.picturesPerMinute()
                    .ifPresent(most -> requireRate(tenant, load, asked, pictures, most, now));
        }
        Admission admission = new Admission(tenant, pictures);
        underWay.computeIfAbsent(tenant, none -> new ArrayList<>()).add(admission);
        return admission;
    }

    private synchronized void end(Admission admission) {
        List<Admission> others = underWay.get(admission.tenant);
        if (others != null) {
            others.remove(admission);
            if (others.isEmpty()) {
                underWay.remove(admission.tenant);
            }
        }
    }

    private static void requireJobs(TenantName tenant, int open, int most) {
        if (open >= most) {
            throw new DarkroomException(
                    ErrorCode.QUOTA_EXCEEDED,
                    "tenant "
                            + tenant
                            + " has "
                            + open
                            + " jobs waiting or running, and may have "
                            + most,
                    SOON);
        }
    }

    private static void requireRate(
            TenantName tenant, TenantLoad load, int underWay, int wanted, int most, Instant now) {
        if (wanted > most) {
            throw new DarkroomException(
                    ErrorCode.INVALID_REQUEST,
                    "count is "
                            + wanted
                            + ", and tenant "
                            + tenant
                            + " may ask for "
                            + most
                            + " pictures a minute");
        }
        int asked = load.pictures() + underWay;
        if (asked + wanted > most) {
            Duration wait =
                    load.untilFewer(asked + wanted - most)
                            .map(at -> Duration.between(now, at.plus(MINUTE)))
                            .filter(left -> !left.isNegative())
                            .orElse(SOON);
            throw new DarkroomException(
                    ErrorCode.QUOTA_EXCEEDED,
                    "tenant "
                            + tenant
                            + " asked for "
                            + asked
                            + " pictures within a minute, and may ask for "
                            + most,
                    wait);
        }
    }
}
