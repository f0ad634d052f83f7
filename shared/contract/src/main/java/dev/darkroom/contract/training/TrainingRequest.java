package dev.darkroom.contract.training;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.error.Bounds;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import java.util.Optional;

/**
 * A record of the training topic (key: the model's name): fine-tune the promoted checkpoint of a
 * model on a data set ({@code training-request.schema.json}).
 *
 * @param id records with an id that is known are the same request, and run once
 * @param steps of the optimizer, in all; none, with no minutes: the trainer chooses
 * @param minutes of work, after which it ends however many steps were done
 * @param learningRate none: the trainer's
 * @param loraRank train a low-rank change of this rank in place of the whole UNet
 * @param textEncoder train the text encoder too; none is no
 * @param margins of the gate; none is the trainer's
 * @param canaryPercent share of the jobs for the new version while it is watched, 0..99; 0 gives it
 *     all at once; none is the trainer's
 * @param promote let the gate decide; {@code false} only publishes; none is yes
 * @param augmentation of the pictures that are learnt from; none leaves them as they are
 */
public record TrainingRequest(
        TrainingId id,
        ModelName model,
        DatasetName dataset,
        Optional<Integer> steps,
        Optional<Integer> minutes,
        Optional<Double> learningRate,
        Optional<Integer> loraRank,
        Optional<Boolean> textEncoder,
        Optional<Margins> margins,
        Optional<Integer> canaryPercent,
        Optional<Boolean> promote,
        Optional<Augmentation> augmentation) {
    public static final int MAX_STEPS = 10_000_000;
    public static final int MAX_MINUTES = 60 * 24 * 30;
    public static final int MAX_RANK = 1024;

    public TrainingRequest {
        steps.ifPresent(value -> Bounds.require("steps", value, 1, MAX_STEPS));
        minutes.ifPresent(value -> Bounds.require("minutes", value, 1, MAX_MINUTES));
        loraRank.ifPresent(value -> Bounds.require("loraRank", value, 1, MAX_RANK));
        canaryPercent.ifPresent(value -> Bounds.require("canaryPercent", value, 0, 99));
        learningRate.ifPresent(TrainingRequest::requireRate);
    }

    /** A request with every default. */
    public static TrainingRequest of(TrainingId id, ModelName model, DatasetName dataset) {
        return new TrainingRequest(
                id,
                model,
                dataset,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    /** Whether the gate may promote what comes out. */
    @JsonIgnore
    public boolean mayPromote() {
        return promote.orElse(true);
    }

    private static void requireRate(double value) {
        if (!(value > 0 && value <= 1)) {
            throw new DarkroomException(
                    ErrorCode.INVALID_REQUEST,
                    "learningRate is " + value + ", must be above 0 and at most 1");
        }
    }
}
