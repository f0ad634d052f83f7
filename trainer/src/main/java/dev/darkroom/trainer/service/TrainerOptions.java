package dev.darkroom.trainer.service;

import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.training.DatasetName;
import dev.darkroom.contract.training.Margins;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A trainer's settings, checked.
 *
 * @param name of this trainer in events
 * @param work folder for runs under way; trainers may share it
 * @param cache folder that keeps checkpoints
 * @param timeToLive how long a trainer that is silent keeps its model
 * @param maxAttempts starts of one training without a new save in between, after which it fails
 * @param retry wait before a training that failed for now is gone on with
 * @param margins of requests that do not say
 * @param canaryPercent of requests that do not say; 0: no canary
 * @param schedule what is looked at for new data
 * @param every how often; none: never
 * @param models the only ones that it trains; none: all
 */
public record TrainerOptions(
        String name,
        Path work,
        Path cache,
        Duration timeToLive,
        int maxAttempts,
        Duration retry,
        Margins margins,
        int canaryPercent,
        List<Scheduled> schedule,
        Optional<Duration> every,
        Set<ModelName> models) {
    /** A model that is to be trained whenever the data set has changed. */
    public record Scheduled(ModelName model, DatasetName dataset) {
        /**
         * @param text as in {@code fashion-sd:sneakers}
         */
        public static Scheduled parse(String text) {
            int colon = text.indexOf(':');
            if (colon < 0) {
                throw new DarkroomException(
                        ErrorCode.MISCONFIGURED,
                        "darkroom.trainer.schedule has \""
                                + text
                                + "\", must be model:dataset, as in fashion-sd:sneakers");
            }
            return new Scheduled(
                    new ModelName(text.substring(0, colon).strip()),
                    new DatasetName(text.substring(colon + 1).strip()));
        }
    }

    boolean trains(ModelName model) {
        return models.isEmpty() || models.contains(model);
    }

    public TrainerOptions {
        schedule = List.copyOf(schedule);
        models = Set.copyOf(models);
        if (maxAttempts < 1 || timeToLive.isZero() || timeToLive.isNegative()) {
            throw new DarkroomException(
                    ErrorCode.MISCONFIGURED,
                    "darkroom.trainer.max-attempts and lease-seconds must be positive");
        }
    }
}
