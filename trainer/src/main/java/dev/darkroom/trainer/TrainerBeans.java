package dev.darkroom.trainer;

import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.trainer.service.FineTuning;
import dev.darkroom.trainer.tuning.FineTuner;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;

/** What the trainer's service is made of. */
@Singleton
class TrainerBeans {
    private static final String PICTURES = "pictures";

    @Produces
    @Singleton
    FineTuning fineTuning(ObjectStore store, TrainerSettings settings) {
        return new FineTuner(
                store, settings.work().resolve(PICTURES), Clock.systemUTC(), System::nanoTime);
    }
}
