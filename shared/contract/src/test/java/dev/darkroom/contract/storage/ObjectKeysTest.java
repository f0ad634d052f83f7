package dev.darkroom.contract.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.contract.access.ApiKeyId;
import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.checkpoint.CheckpointFile;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.training.DatasetName;
import dev.darkroom.contract.training.TrainingId;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** No text of a user gets into a key as it is. */
class ObjectKeysTest {
    /** All that keys are built from, but numbers. */
    private static final List<Function<String, ?>> PIECES =
            List.of(
                    JobId::new,
                    ApiKeyId::new,
                    TenantName::new,
                    ModelName::new,
                    CheckpointVersion::new,
                    DatasetName::new,
                    TrainingId::new,
                    path -> new CheckpointFile(path, 1, "0".repeat(64)));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", "..", "../x", "a/../b", "/a", "a//b", "a\\b", "a\u0000", "a\nb", "a b", "a%2fb",
                "\u00e4", "a?b", "a#b", "*"
            })
    void noPieceOfAKeyIsWhatItShouldNotBe(String text) {
        for (Function<String, ?> piece : PIECES) {
            assertThatThrownBy(() -> piece.apply(text)).isInstanceOf(RuntimeException.class);
        }
        assertThat(ObjectKeys.submission(TenantName.DEFAULT, text).value())
                .matches("submissions/[0-9a-f]{2}/[0-9a-f]{64}[.]json");
    }

    @ParameterizedTest
    @ValueSource(ints = {65, 300, 2000})
    void noPieceIsWithoutBounds(int length) {
        String text = "a".repeat(length);
        for (Function<String, ?> piece : PIECES.subList(0, PIECES.size() - 1)) {
            assertThatThrownBy(() -> piece.apply(text)).isInstanceOf(RuntimeException.class);
        }
    }
}
