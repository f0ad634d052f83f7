package dev.darkroom.trainer.evaluate;

import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.training.Score;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What was measured of a checkpoint; {@code report.json}.
 *
 * @param judge names the classifier whose features and classes were used: scores compare only where
 *     it is the same one
 * @param validationLoss mean squared error of the noise, whatever the UNet predicts, at fixed noise
 *     and timesteps, per latent value; comparable only between checkpoints with one VAE
 * @param scores one for each guidance scale, in the order of the options
 * @param real what real pictures with their own captions score: the floor of a distance at this
 *     count of pictures, and about the ceiling of an agreement
 * @param notMeasured each with its reason
 */
public record EvaluationReport(
        CheckpointId checkpoint,
        Instant evaluated,
        String judge,
        EvaluationOptions options,
        Optional<Double> validationLoss,
        List<Scores> scores,
        Map<Measure, Double> real,
        List<NotMeasured> notMeasured,
        Optional<Parent> parent) {
    /** The file's name beside the page. */
    public static final String FILE = "report.json";

    public static final String MEDIA_TYPE = "application/json";

    public EvaluationReport {
        scores = List.copyOf(scores);
        real = sorted(real);
        notMeasured = List.copyOf(notMeasured);
    }

    /** What was measured at one guidance scale; nothing for what could not be measured. */
    public record Scores(double guidanceScale, Map<Measure, Double> values) {
        public Scores {
            values = sorted(values);
        }
    }

    /** What could not be measured, and why. */
    public record NotMeasured(String what, String why) {}

    /** The figures of the checkpoint that this one was trained from. */
    public record Parent(
            CheckpointId checkpoint,
            String judge,
            Optional<Double> validationLoss,
            List<Scores> scores) {
        public Parent {
            scores = List.copyOf(scores);
        }
    }

    /** As the parent in a child's report. */
    public Parent asParent() {
        return new Parent(checkpoint, judge, validationLoss, scores);
    }

    /**
     * What a gate compares: the loss, and what was measured where jobs are that do not say.
     *
     * @param guidanceScale one of those that were measured
     * @param wanted which measures say enough
     */
    public List<Score> gateScores(double guidanceScale, Predicate<Measure> wanted) {
        List<Score> gate = new ArrayList<>();
        validationLoss.filter(Double::isFinite).map(Score::validationLoss).ifPresent(gate::add);
        for (Scores at : scores) {
            if (at.guidanceScale() != guidanceScale) {
                continue;
            }
            at.values()
                    .forEach(
                            (measure, value) -> {
                                if (wanted.test(measure) && Double.isFinite(value)) {
                                    gate.add(
                                            new Score(
                                                    measure.title()
                                                            + " at guidance "
                                                            + Html.number(at.guidanceScale()),
                                                    value,
                                                    measure.higherIsBetter()
                                                            ? Score.Better.HIGHER
                                                            : Score.Better.LOWER));
                                }
                            });
        }
        return gate;
    }

    /** A score of this checkpoint. */
    public Optional<Double> score(double guidanceScale, Measure measure) {
        return find(scores, guidanceScale, measure);
    }

    static Optional<Double> find(List<Scores> scores, double guidanceScale, Measure measure) {
        return scores.stream()
                .filter(at -> at.guidanceScale() == guidanceScale)
                .flatMap(at -> Optional.ofNullable(at.values().get(measure)).stream())
                .findFirst();
    }

    private static Map<Measure, Double> sorted(Map<Measure, Double> values) {
        Map<Measure, Double> sorted = new EnumMap<>(Measure.class);
        sorted.putAll(values);
        return Collections.unmodifiableMap(sorted);
    }
}
