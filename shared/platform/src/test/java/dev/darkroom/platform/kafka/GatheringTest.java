package dev.darkroom.platform.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class GatheringTest {
    private final AtomicLong nanos = new AtomicLong();
    private final Gathering gathering = new Gathering(nanos::get);

    private Duration look(int millisLater, int records) {
        nanos.addAndGet(Duration.ofMillis(millisLater).toNanos());
        return gathering.after(records);
    }

    private Duration looks(int count, int millisApart) {
        Duration last = Duration.ZERO;
        for (int i = 0; i < count; i++) {
            last = look(millisApart, 1);
        }
        return last;
    }

    @Test
    void letsNobodyWaitForTheEventsOfALoneJob() {
        for (int job = 0; job < 20; job++) {
            assertThat(looks(5, 4)).isZero();
            nanos.addAndGet(Duration.ofMillis(250).toNanos());
        }
    }

    @Test
    void gathersWhereRecordsComeOneByOneAllTheTime() {
        assertThat(looks(Gathering.LOOKS - 1, 2)).isZero();

        assertThat(look(2, 1)).isEqualTo(Gathering.PAUSE);
    }

    @Test
    void isStillBusyWhileItPauses() {
        looks(Gathering.LOOKS, 2);

        assertThat(looks(100, 2 + (int) Gathering.PAUSE.toMillis())).isEqualTo(Gathering.PAUSE);
    }

    @Test
    void takesABacklogWithoutAPause() {
        looks(Gathering.LOOKS, 2);

        assertThat(look(2, Gathering.BACKLOG)).isZero();
    }

    @Test
    void stopsWhenTheRecordsDo() {
        looks(Gathering.LOOKS, 2);

        assertThat(look(1000, 1)).isZero();
    }

    @Test
    void countsNoLookThatFoundNothing() {
        for (int i = 0; i < 100; i++) {
            assertThat(look(1, 0)).isZero();
        }

        assertThat(look(1, 1)).isZero();
    }
}
