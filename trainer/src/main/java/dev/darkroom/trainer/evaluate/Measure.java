package dev.darkroom.trainer.evaluate;

/** What an evaluation measures at each guidance scale, named as what it is. */
public enum Measure {
    /** Comparable only between evaluations by the same classifier at the same count. */
    FRECHET_CLASSIFIER("Frechet distance on features of a classifier trained here", false, false),
    /** What is usually called FID, at the count that was used. */
    FRECHET_INCEPTION("Frechet distance on Inception features", false, false),
    /** In place of the classifier's where the data has no classes. */
    FRECHET_CLIP("Frechet distance on a CLIP's picture features", false, false),
    CLIP_OWN("CLIP score with the model's own CLIP", true, false),
    CLIP_IMPORTED("CLIP score with an imported CLIP", true, false),
    /** Share of the pictures that a classifier trained here takes for the kind asked for. */
    CLASS_AGREEMENT("class agreement", true, true),
    /** Share, of the pictures whose prompt names a colour, that have it. */
    COLOUR_AGREEMENT("colour agreement", true, true),
    /** Mean Euclidean distance between the classifier's features of two pictures of one prompt. */
    DIVERSITY("diversity within a prompt", true, false),
    /** Likewise, in place of the classifier's where the data has no classes. */
    DIVERSITY_CLIP("diversity within a prompt on a CLIP's picture features", true, false);

    private final String title;
    private final boolean higherIsBetter;
    private final boolean share;

    Measure(String title, boolean higherIsBetter, boolean share) {
        this.title = title;
        this.higherIsBetter = higherIsBetter;
        this.share = share;
    }

    /** For people. */
    public String title() {
        return title;
    }

    public boolean higherIsBetter() {
        return higherIsBetter;
    }

    /** Whether it is a distance to a set of real pictures, as good as that is large. */
    public boolean isDistance() {
        return this == FRECHET_CLASSIFIER || this == FRECHET_INCEPTION || this == FRECHET_CLIP;
    }

    /** Whether it is a share, 0..1, that people read in per cent. */
    public boolean isShare() {
        return share;
    }
}
