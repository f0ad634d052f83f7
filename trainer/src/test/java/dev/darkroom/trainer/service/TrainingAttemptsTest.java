package dev.darkroom.trainer.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.storage.ObjectKey;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.contract.training.DatasetName;
import dev.darkroom.contract.training.TrainingId;
import dev.darkroom.contract.training.TrainingRequest;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.trainer.Embedded;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TrainingAttemptsTest {
    private final TrainingRequest request =
            TrainingRequest.of(
                    TrainingId.of(UUID.randomUUID()), new ModelName("m"), new DatasetName("d"));

    /** The bucket has it, though its answer did not come. */
    @Test
    void oneWhoseWriteSeemedToFailIsTakenBack() {
        Set<ObjectKey> owed = new HashSet<>();
        ObjectKey own =
                ObjectKeys.trainingFile(
                        request.model(), request.id(), "attempts/000000000007.json");
        try (ObjectStore store = Embedded.store("attempts")) {
            TrainingAttempts attempts =
                    new TrainingAttempts(FatalStore.afterWriting(own, store), request, 7, owed);
            assertThatThrownBy(attempts::begin).isInstanceOf(DarkroomException.class);
            assertThat(TrainingAttempts.areLeft(store, request)).isTrue();

            attempts.giveBack();
            TrainingAttempts.takeBack(store, owed);

            assertThat(TrainingAttempts.areLeft(store, request)).isFalse();
            assertThat(owed).isEmpty();
        }
    }
}
