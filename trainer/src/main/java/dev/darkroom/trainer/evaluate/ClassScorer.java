package dev.darkroom.trainer.evaluate;

import dev.darkroom.diffusion.metric.Agreement;
import java.util.List;
import java.util.Optional;

/** Share of pictures that a classifier takes for the kind that their prompt asked for. */
public final class ClassScorer implements Scorer {
    private final Classifier classifier;
    private final JudgedClasses classes;

    /**
     * @param classes that the classifier has learnt: prompts of others do not count
     */
    ClassScorer(Classifier classifier, JudgedClasses classes) {
        this.classifier = classifier;
        this.classes = classes;
    }

    @Override
    public Measure measure() {
        return Measure.CLASS_AGREEMENT;
    }

    @Override
    public Optional<Double> score(Samples samples) {
        List<Sample> asked =
                samples.each().stream()
                        .filter(sample -> classes.has(sample.prompt().label()))
                        .toList();
        if (asked.isEmpty()) {
            return Optional.empty();
        }
        int[] wanted = asked.stream().mapToInt(one -> one.prompt().label().orElseThrow()).toArray();
        int[] seen = classifier.classify(asked.stream().map(Sample::picture).toList());
        return Optional.of(Agreement.of(wanted, seen).share());
    }

    @Override
    public String needs() {
        return "prompts of a class that the classifier has learnt";
    }
}
