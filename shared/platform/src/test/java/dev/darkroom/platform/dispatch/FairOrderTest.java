package dev.darkroom.platform.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.job.Priority;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class FairOrderTest {
    private record Job(int arrival, Claim claim) {}

    private final FairOrder<Job> order =
            new FairOrder<>(Comparator.comparingInt(Job::arrival), Job::claim);
    private int arrivals;

    private void add(int count, Priority priority, String tenant, double work) {
        for (int i = 0; i < count; i++) {
            add(priority, tenant, work);
        }
    }

    private Job add(Priority priority, String tenant, double work) {
        Job job =
                new Job(
                        arrivals++,
                        new Claim(priority, new TenantName(tenant), OptionalDouble.of(work)));
        order.add(job);
        return job;
    }

    private List<String> tenants(int count) {
        List<String> tenants = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            tenants.add(order.next().orElseThrow().claim().tenant().value());
        }
        return tenants;
    }

    private long next(int count, Priority priority) {
        long found = 0;
        for (int i = 0; i < count; i++) {
            found += order.next().orElseThrow().claim().priority() == priority ? 1 : 0;
        }
        return found;
    }

    @Test
    void jobsOfOneKindGoInTheOrderThatTheyCame() {
        add(50, Priority.NORMAL, "a", 3);
        assertThat(order.drain()).extracting(Job::arrival).isSorted().hasSize(50);
        assertThat(order.next()).isEmpty();
    }

    @Test
    void anUrgentJobGoesBeforeAllThatWaited() {
        add(100, Priority.LOW, "a", 1);
        add(100, Priority.NORMAL, "a", 1);
        next(30, Priority.NORMAL);
        Job urgent = add(Priority.HIGH, "a", 1);
        assertThat(order.next()).contains(urgent);
    }

    @Test
    void aFewUrgentJobsGoTogetherAndALargeOneToo() {
        add(100, Priority.LOW, "a", 1);
        add(100, Priority.NORMAL, "a", 1);
        Job large = add(Priority.HIGH, "a", 50);
        assertThat(order.next()).contains(large);
        next(100, Priority.NORMAL);
        add(3, Priority.HIGH, "a", 1);
        assertThat(next(3, Priority.HIGH)).isEqualTo(3);
    }

    @Test
    void prioritiesGetTheirSharesWhileAllWait() {
        add(400, Priority.LOW, "a", 1);
        add(400, Priority.NORMAL, "a", 1);
        add(400, Priority.HIGH, "a", 1);
        List<Job> first = new ArrayList<>();
        for (int i = 0; i < 210; i++) {
            first.add(order.next().orElseThrow());
        }
        assertThat(first.stream().filter(job -> job.claim().priority() == Priority.HIGH).count())
                .isBetween(155L, 165L);
        assertThat(first.stream().filter(job -> job.claim().priority() == Priority.NORMAL).count())
                .isBetween(37L, 43L);
        assertThat(first.stream().filter(job -> job.claim().priority() == Priority.LOW).count())
                .isBetween(8L, 12L);
    }

    /** However many urgent jobs come, and they come all the time. */
    @Test
    void aJobOfNoHurryIsBegunAllTheSame() {
        Job patient = add(Priority.LOW, "a", 1);
        int before = 0;
        for (; before < 1000; before++) {
            add(2, Priority.HIGH, "a", 1);
            if (order.next().orElseThrow().equals(patient)) {
                break;
            }
        }
        assertThat(before).isLessThan(30);
    }

    @Test
    void aTenantWithFewJobsDoesNotWaitForOneWithMany() {
        add(500, Priority.NORMAL, "many", 1);
        tenants(100);
        add(3, Priority.NORMAL, "few", 1);
        assertThat(tenants(6)).filteredOn("few"::equals).hasSize(3);
    }

    @Test
    void tenantsGetAsMuchWorkAsEachOther() {
        add(400, Priority.NORMAL, "small", 1);
        add(400, Priority.NORMAL, "large", 9);
        assertThat(tenants(100)).filteredOn("large"::equals).hasSizeBetween(9, 11);
    }

    /** Otherwise whoever asks for one job at a time would always be next. */
    @Test
    void whoComesBackAfterEachJobGetsNoMoreThanHisPart() {
        add(500, Priority.NORMAL, "many", 1);
        int mine = 0;
        add(1, Priority.NORMAL, "again", 1);
        for (int i = 0; i < 100; i++) {
            if (tenants(1).contains("again")) {
                mine++;
                add(1, Priority.NORMAL, "again", 1);
            }
        }
        assertThat(mine).isBetween(48, 52);
    }

    /** Having been alone is no debt, and having been away no credit. */
    @Test
    void nothingIsOwedForTheTimeWhenOthersDidNotWait() {
        add(100, Priority.NORMAL, "a", 1);
        tenants(100);
        add(20, Priority.NORMAL, "b", 1);
        add(20, Priority.NORMAL, "a", 1);
        assertThat(tenants(20)).filteredOn("a"::equals).hasSizeBetween(9, 11);
        add(20, Priority.LOW, "a", 1);
        tenants(30);
        add(10, Priority.NORMAL, "a", 1);
        add(20, Priority.LOW, "a", 1);
        assertThat(next(10, Priority.NORMAL)).isBetween(7L, 9L);
    }

    /** No model can do it, but whoever asks for it must not bring others into debt. */
    @Test
    void aJobThatAsksForTheImpossibleIsNotCharged() {
        add(200, Priority.NORMAL, "a", 1000);
        next(10, Priority.NORMAL);
        add(1, Priority.NORMAL, "b", 3e11);
        next(2, Priority.NORMAL);
        add(2000, Priority.LOW, "a", 1000);
        assertThat(next(400, Priority.NORMAL)).isGreaterThan(150);
    }

    @Test
    void debtsEndWhenNobodyWaits() {
        add(40, Priority.NORMAL, "a", 1);
        add(1, Priority.NORMAL, "b", 1);
        next(41, Priority.NORMAL);
        add(10, Priority.NORMAL, "a", 1);
        add(10, Priority.NORMAL, "b", 1);
        assertThat(tenants(10)).filteredOn("a"::equals).hasSize(5);
    }

    @Test
    void theSameJobWaitsOnce() {
        Job job = add(Priority.NORMAL, "a", 1);
        assertThat(order.add(job)).isFalse();
        assertThat(order.size()).isEqualTo(1);
    }

    @Test
    void whatIsTakenOutIsNotBegun() {
        Job first = add(Priority.NORMAL, "a", 1);
        Job second = add(Priority.NORMAL, "a", 1);
        order.remove(first);
        order.remove(first);
        assertThat(order.size()).isEqualTo(1);
        assertThat(order.next()).contains(second);
        order.remove(second);
        assertThat(order.size()).isZero();
    }

    /** A client that leaves the steps open must not get its jobs for nothing. */
    @Test
    void whatIsNotKnownCostsAsMuchAsOthersDo() {
        add(50, Priority.NORMAL, "known", 1000);
        tenants(10);
        for (int i = 0; i < 50; i++) {
            order.add(
                    new Job(
                            arrivals++,
                            new Claim(
                                    Priority.NORMAL,
                                    new TenantName("unknown"),
                                    OptionalDouble.empty())));
        }
        assertThat(tenants(40)).filteredOn("unknown"::equals).hasSizeBetween(19, 21);
    }
}
