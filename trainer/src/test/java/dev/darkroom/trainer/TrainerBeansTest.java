package dev.darkroom.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.trainer.evaluate.EvaluationAids;
import dev.darkroom.trainer.evaluate.SmallInception;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainerBeansTest {
    @TempDir Path folder = Path.of("");

    @Test
    void takesTheNetworksThatTheConfigurationNames() throws IOException {
        Path network = SmallInception.export(folder.resolve("inception"), 9, "pool_3");

        EvaluationAids aids = TrainerBeans.aids(Optional.empty(), Optional.of(network));

        assertThat(aids.inception().orElseThrow().dimensions()).isEqualTo(3);
        assertThat(aids.importedClip()).isEmpty();
        assertThat(TrainerBeans.aids(Optional.empty(), Optional.empty()))
                .isEqualTo(EvaluationAids.NONE);
    }

    @Test
    void saysAtTheStartWhatIsWrongWithThem() {
        Optional<Path> missing = Optional.of(folder.resolve("missing"));

        assertThatThrownBy(() -> TrainerBeans.aids(Optional.empty(), missing))
                .hasMessageContainingAll("darkroom.trainer.inception", "missing")
                .extracting(e -> ((DarkroomException) e).code())
                .isEqualTo(ErrorCode.MISCONFIGURED);
        assertThatThrownBy(() -> TrainerBeans.aids(missing, Optional.empty()))
                .hasMessageContainingAll("darkroom.trainer.clip", "missing")
                .extracting(e -> ((DarkroomException) e).code())
                .isEqualTo(ErrorCode.MISCONFIGURED);
    }
}
