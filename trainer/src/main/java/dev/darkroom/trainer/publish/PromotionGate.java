package dev.darkroom.trainer.publish;

import dev.darkroom.contract.training.Margins;
import dev.darkroom.contract.training.Score;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Decides whether a checkpoint may serve in its parent's place: every score that either has must be
 * there of both, and none may be worse than the parent's by more than its margin.
 */
public final class PromotionGate {
    private static final double PERCENT = 100;

    private PromotionGate() {}

    /**
     * What the gate found.
     *
     * @param findings one for each score, for a person; those that keep it from serving first
     */
    public record Verdict(boolean promote, List<String> findings) {
        public Verdict {
            findings = List.copyOf(findings);
        }
    }

    public static Verdict decide(List<Score> child, List<Score> parent, Margins margins) {
        List<String> against = new ArrayList<>();
        List<String> others = new ArrayList<>();
        for (Score score : child) {
            Optional<Score> before = find(parent, score.name());
            if (before.isEmpty()) {
                against.add(score.name() + " was not measured of the parent: cannot be compared");
            } else if (before.get().better() != score.better()) {
                against.add(
                        score.name()
                                + " was measured in another way of the parent: cannot be compared");
            } else {
                compare(score, before.get(), margins, against, others);
            }
        }
        for (Score score : parent) {
            if (find(child, score.name()).isEmpty()) {
                against.add(
                        score.name()
                                + " was measured of the parent ("
                                + number(score.value())
                                + ") but not of this version");
            }
        }
        if (find(child, Score.VALIDATION_LOSS).isEmpty()
                && find(parent, Score.VALIDATION_LOSS).isEmpty()) {
            against.add(Score.VALIDATION_LOSS + " was not measured");
        }
        boolean promote = against.isEmpty();
        against.addAll(others);
        return new Verdict(promote, against);
    }

    private static void compare(
            Score score, Score parent, Margins margins, List<String> against, List<String> others) {
        double change = score.value() - parent.value();
        double worse = score.better() == Score.Better.LOWER ? change : -change;
        double percent = worse == 0 ? 0 : PERCENT * Math.abs(worse) / Math.abs(parent.value());
        String both = score.name() + " " + number(score.value());
        String its = "the parent's " + number(parent.value());
        String by = " by " + percent(percent);
        if (worse > 0 && percent > margins.of(score)) {
            against.add(
                    both
                            + " is worse than "
                            + its
                            + by
                            + ", more than the margin of "
                            + percent(margins.of(score)));
        } else if (worse > 0) {
            others.add(
                    both
                            + " is worse than "
                            + its
                            + by
                            + ", within the margin of "
                            + percent(margins.of(score)));
        } else if (worse < 0) {
            others.add(both + " is better than " + its + by);
        } else {
            others.add(both + " is " + its);
        }
    }

    private static Optional<Score> find(List<Score> scores, String name) {
        return scores.stream().filter(score -> score.name().equals(name)).findFirst();
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.4f", value);
    }

    private static String percent(double value) {
        if (!Double.isFinite(value)) {
            return "more than any percentage";
        }
        String text = String.format(Locale.ROOT, value < 1 ? "%.2f" : "%.1f", value);
        return text.replaceAll("\\.?0+$", "") + " %";
    }
}
