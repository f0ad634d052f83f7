package dev.darkroom.contract.training;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;

/**
 * How much worse than its parent a checkpoint may be and still be promoted.
 *
 * @param loss of the validation loss, percent of the parent's
 * @param scores of every other score, percent of the parent's
 */
public record Margins(double loss, double scores) {
    public static final Margins USUAL = new Margins(2, 5);

    public Margins {
        requireWithin("margins.loss", loss);
        requireWithin("margins.scores", scores);
    }

    private static void requireWithin(String field, double value) {
        if (!(value >= 0 && value <= 1000)) {
            throw new DarkroomException(
                    ErrorCode.INVALID_REQUEST, field + " is " + value + ", must be 0..1000");
        }
    }

    public double of(Score score) {
        return score.name().equals(Score.VALIDATION_LOSS) ? loss : scores;
    }
}
