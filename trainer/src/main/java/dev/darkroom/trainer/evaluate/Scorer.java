package dev.darkroom.trainer.evaluate;

import java.util.Optional;

/** Measures one thing of a set of pictures. */
public interface Scorer {
    Measure measure();

    /** Nothing where these pictures give nothing to measure; {@link #needs()} says what of. */
    Optional<Double> score(Samples samples);

    /** What must be there to measure, as in "a prompt that names a colour". */
    String needs();
}
