package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WorkerLifecycleTest {
    @Test
    void givesUpBeforeTheBrokerDoes() {
        assertThat(WorkerLifecycle.attempts(5, 10)).isEqualTo(5);
        assertThat(WorkerLifecycle.attempts(5, 5)).isEqualTo(4);
        assertThat(WorkerLifecycle.attempts(100, 10)).isEqualTo(9);
    }
}
