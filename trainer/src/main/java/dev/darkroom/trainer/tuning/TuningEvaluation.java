package dev.darkroom.trainer.tuning;

import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.job.SamplerName;
import dev.darkroom.contract.training.Score;
import dev.darkroom.trainer.data.HoldOut;
import dev.darkroom.trainer.evaluate.CheckpointEvaluation;
import dev.darkroom.trainer.evaluate.EvaluatedCheckpoint;
import dev.darkroom.trainer.evaluate.EvaluationAids;
import dev.darkroom.trainer.evaluate.EvaluationOptions;
import dev.darkroom.trainer.evaluate.JudgedClasses;
import dev.darkroom.trainer.evaluate.KeptClassifiers;
import dev.darkroom.trainer.evaluate.Measure;
import dev.darkroom.trainer.evaluate.OpenedCheckpoint;
import dev.darkroom.trainer.evaluate.RealPictures;
import dev.darkroom.trainer.loop.StageObserver;
import dev.darkroom.trainer.loop.TrainingRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Evaluates parent and child in the same way, with the same prompts and noise, for the gate and for
 * people.
 *
 * @param model name of both
 * @param work an empty folder; removed by the caller
 * @param classifiers folder that keeps what judges
 * @param records of the training, by stage
 * @param aids the networks that the trainer was given to measure with
 * @param observer is shown the training of the classifier that judges, where there is one
 */
record TuningEvaluation(
        ModelName model,
        HoldOut data,
        Path work,
        Path classifiers,
        Map<String, List<TrainingRecord.Line>> records,
        EvaluationAids aids,
        StageObserver observer,
        InstantSource clock) {
    private static final int MOST_PICTURES = 64;
    private static final int REPEATS = 4;
    private static final long SEED = 1;

    /** Prompts that are asked for, and as many pictures more to compare with, are the least. */
    private static final int LEAST_HELD_OUT = 4;

    /**
     * Real pictures that a Frechet distance must compare with before the gate goes by it. Between
     * the means alone of N and N pictures of one kind it has 2/N of the features' whole variance by
     * chance: all of it at 2 pictures, a sixteenth at 32, which is about the usual margin.
     */
    static final int LEAST_REFERENCE = 32;

    /**
     * Prompts of a class before the gate goes by how many are met: one picture of 32 is about three
     * per cent, within the usual margin; of fewer, one alone would decide.
     */
    static final int LEAST_JUDGED = 32;

    /** Share of the real pictures that a classifier must know before the gate goes by it. */
    static final double LEAST_KNOWN = 0.5;

    /**
     * The reports of both.
     *
     * @param guidanceScale of jobs that do not say: what the gate goes by
     * @param reference how many real pictures were compared with
     * @param judged how many prompts were of a class that the classifier has learnt
     */
    record Pair(
            EvaluatedCheckpoint parent,
            EvaluatedCheckpoint child,
            double guidanceScale,
            int reference,
            int judged) {
        List<Score> parentScores() {
            return parent.report().gateScores(guidanceScale, this::gates);
        }

        List<Score> scores() {
            return child.report().gateScores(guidanceScale, this::gates);
        }

        private boolean gates(Measure measure) {
            if (measure == Measure.CLASS_AGREEMENT) {
                return judged >= LEAST_JUDGED
                        && child.report().real().getOrDefault(measure, 0.0) >= LEAST_KNOWN;
            }
            if (measure == Measure.DIVERSITY || measure == Measure.DIVERSITY_CLIP) {
                // Noise is as diverse as pictures are, and data of one kind are to make it less.
                return false;
            }
            return !measure.isDistance() || reference >= LEAST_REFERENCE;
        }
    }

    /** Whether enough was held out to evaluate with. */
    boolean isPossible() {
        return data.heldOut().size() >= LEAST_HELD_OUT;
    }

    /**
     * @param parent in the diffusers layout
     * @param child likewise
     * @param guidanceScale of jobs that do not say
     */
    Pair run(Path parent, double parentLoss, Path child, double childLoss, double guidanceScale)
            throws IOException {
        EvaluatedCheckpoint before = evaluate(parent, parentLoss, guidanceScale, Optional.empty());
        EvaluatedCheckpoint after = evaluate(child, childLoss, guidanceScale, Optional.of(before));
        return new Pair(
                before,
                after,
                guidanceScale,
                data.heldOut().size() - pictures(),
                judged(after.report().options()));
    }

    private int judged(EvaluationOptions options) {
        JudgedClasses classes = JudgedClasses.of(data.training());
        return (int)
                RealPictures.draw(data.heldOut(), options).prompts().stream()
                        .filter(prompt -> classes.has(prompt.label()))
                        .count();
    }

    private EvaluatedCheckpoint evaluate(
            Path folder, double loss, double guidanceScale, Optional<EvaluatedCheckpoint> parent)
            throws IOException {
        Path own = Files.createTempDirectory(Files.createDirectories(work), "evaluated");
        try (OpenedCheckpoint checkpoint =
                OpenedCheckpoint.open(folder, model, own, clock, (done, total) -> {})) {
            return new CheckpointEvaluation(
                            options(checkpoint, guidanceScale),
                            KeptClassifiers.in(classifiers, observer),
                            phase -> {})
                    .run(
                            checkpoint,
                            data,
                            new EvaluationAids(
                                    aids.ownClip(),
                                    aids.importedClip(),
                                    aids.inception(),
                                    Optional.of(loss),
                                    parent.map(EvaluatedCheckpoint::report),
                                    parent.isPresent() ? records : Map.of()),
                            clock.instant());
        }
    }

    /** One half is asked for, the other compared with. */
    private int pictures() {
        return Math.min(MOST_PICTURES, data.heldOut().size() / 2);
    }

    private EvaluationOptions options(OpenedCheckpoint checkpoint, double guidanceScale) {
        int pictures = pictures();
        SamplerName sampler = checkpoint.defaults().sampler();
        return new EvaluationOptions(
                guidanceScales(guidanceScale),
                pictures,
                Math.min(REPEATS, pictures),
                REPEATS,
                sampler,
                checkpoint.defaults().steps(),
                SEED,
                checkpoint.rows());
    }

    /** None, what jobs get, and as far beyond. */
    private static List<Double> guidanceScales(double usual) {
        return usual > 1
                ? List.of(1.0, usual, 2 * usual - 1)
                : List.of(usual, usual + 1, usual + 2);
    }
}
