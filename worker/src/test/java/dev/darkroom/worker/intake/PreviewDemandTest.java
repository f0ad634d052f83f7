package dev.darkroom.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PreviewDemandTest {
    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
    private final PreviewDemand demand = new PreviewDemand(now::get);

    @Test
    void nobodyAsksNothingIsTaken() {
        assertThat(demand.take()).isFalse();
        assertThat(demand.wasMet()).isFalse();
    }

    @Test
    void oneIsOwedHoweverLongAStepTakes() {
        demand.ask();
        pass(3_600_000);

        assertThat(demand.take()).isTrue();
        demand.done();
        pass(3_600_000);
        assertThat(demand.take()).isFalse();
        assertThat(demand.wasMet()).isTrue();
    }

    @Test
    void goesOnForTenSecondsTwiceASecond() {
        demand.ask();
        int taken = 0;
        for (int milliseconds = 0; milliseconds < 60_000; milliseconds += 20) {
            if (demand.take()) {
                taken++;
                demand.done();
            }
            pass(20);
        }
        assertThat(taken).isEqualTo(20);
    }

    @Test
    void askingAgainGoesOn() {
        demand.ask();
        assertThat(demand.take()).isTrue();
        demand.done();
        pass(20_000);
        demand.ask();

        assertThat(demand.take()).isTrue();
    }

    @Test
    void nothingIsTakenWhileOneIsBeingMade() {
        demand.ask();
        assertThat(demand.take()).isTrue();
        pass(5_000);
        assertThat(demand.take()).isFalse();

        demand.done();

        assertThat(demand.take()).isTrue();
    }

    private void pass(long milliseconds) {
        now.addAndGet(TimeUnit.MILLISECONDS.toNanos(milliseconds));
    }
}
