package dev.darkroom.contract.error;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ErrorCodeTest {
    @ParameterizedTest
    @EnumSource
    void hasATitleForAStranger(ErrorCode code) {
        assertThat(code.title())
                .matches("[A-Z][a-z ].{8,60}")
                .doesNotContain(code.name(), ".", "Exception", "null");
    }

    @Test
    void titlesDiffer() {
        assertThat(Arrays.stream(ErrorCode.values()).map(ErrorCode::title)).doesNotHaveDuplicates();
    }

    @Test
    void failuresAreClassifiedOnce() {
        DarkroomException known = new DarkroomException(ErrorCode.LOCK_LOST, "gone");
        assertThat(DarkroomException.of(known)).isSameAs(known);
        assertThat(DarkroomException.of(new OutOfMemoryError()).code())
                .isEqualTo(ErrorCode.RESOURCE_EXHAUSTED);
        assertThat(DarkroomException.of(new IllegalStateException("x")).code())
                .isEqualTo(ErrorCode.INTERNAL);
        assertThat(DarkroomException.of(new IllegalStateException()).reason()).isNotEmpty();
    }
}
