package dev.darkroom.worker.stage;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.engine.EngineException;
import dev.darkroom.contract.checkpoint.Stage;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whom a failure is put down to: a version that is called corrupt is refused for ever. */
class StageModelTest {
    static Stream<Throwable> shortages() {
        return Stream.of(
                new OutOfMemoryError("Java heap space"),
                new EngineException("OOM when allocating tensor with shape[2,4096,4096]"),
                new EngineException("std::bad_alloc"),
                new IOException(new FileSystemException("model", null, "Too many open files")),
                new FileSystemException("/tmp/djl", null, "No space left on device"));
    }

    @ParameterizedTest
    @MethodSource("shortages")
    void aShortageIsTheMachines(Throwable shortage) {
        assertThat(failure(shortage).code()).isEqualTo(ErrorCode.RESOURCE_EXHAUSTED);
    }

    @Test
    void whateverElseIsTheCheckpoints() {
        DarkroomException failure =
                failure(new IOException("Could not find meta graph def matching supplied tags"));

        assertThat(failure.code()).isEqualTo(ErrorCode.CORRUPT_CHECKPOINT);
        assertThat(failure).hasMessageContaining("unet does not load: java.io.IOException");
    }

    private static DarkroomException failure(Throwable cause) {
        return StageModel.failure(Stage.UNET, ErrorCode.CORRUPT_CHECKPOINT, "does not load", cause);
    }
}
