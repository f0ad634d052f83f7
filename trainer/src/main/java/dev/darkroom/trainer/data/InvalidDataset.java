package dev.darkroom.trainer.data;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import org.jspecify.annotations.Nullable;

/** The refusal of data that cannot be trained on; the message names file and line. */
final class InvalidDataset {
    private InvalidDataset() {}

    static DarkroomException because(String reason) {
        return because(reason, null);
    }

    static DarkroomException because(String reason, @Nullable Throwable cause) {
        return new DarkroomException(ErrorCode.INVALID_DATASET, reason, cause);
    }
}
