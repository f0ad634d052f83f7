package dev.darkroom.trainer;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.trainer.evaluate.ClipModel;
import dev.darkroom.trainer.evaluate.EvaluationAids;
import dev.darkroom.trainer.evaluate.InceptionChoice;
import dev.darkroom.trainer.service.FineTuning;
import dev.darkroom.trainer.tuning.FineTuner;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;

/** What the trainer's service is made of. */
@Singleton
class TrainerBeans {
    @Produces
    @Singleton
    FineTuning fineTuning(TrainerSettings settings) {
        return new FineTuner(
                aids(settings.clip(), settings.inception()), Clock.systemUTC(), System::nanoTime);
    }

    /**
     * Looks at both now: what is wrong with them is better said at the start than after hours of
     * training.
     */
    static EvaluationAids aids(Optional<Path> clip, Optional<Path> inception) {
        EvaluationAids aids = EvaluationAids.NONE;
        String setting = "clip";
        try {
            if (clip.isPresent()) {
                ClipModel.open(clip.get()).close();
                aids = aids.withImportedClip(clip.get());
            }
            setting = "inception";
            if (inception.isPresent()) {
                aids = aids.withInception(InceptionChoice.of(inception.get()).options());
            }
            return aids;
        } catch (DarkroomException e) {
            throw new DarkroomException(
                    ErrorCode.MISCONFIGURED, "darkroom.trainer." + setting + ": " + e.reason(), e);
        }
    }
}
