package dev.darkroom.trainer.evaluate;

import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.diffusion.pipeline.RgbImage;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Makes pictures of prompts at each guidance scale and lets every scorer measure them; the same
 * scorers then measure real pictures.
 *
 * @param judge names the classifier, for the report
 * @param scorers of different measures
 * @param impossible what has no scorer, and why
 */
public record Evaluation(
        EvaluationOptions options,
        String judge,
        List<Scorer> scorers,
        Map<Measure, String> impossible) {
    public Evaluation {
        scorers = List.copyOf(scorers);
        impossible = Collections.unmodifiableMap(new LinkedHashMap<>(impossible));
    }

    /**
     * @param prompts as many as the options ask pictures of
     * @param real samples of as many real pictures, that no scorer compares with
     * @param made is shown the pictures of each guidance scale
     */
    public EvaluationReport run(
            CheckpointId checkpoint,
            TextToImageModel model,
            List<Prompt> prompts,
            Samples real,
            Optional<Double> validationLoss,
            Optional<EvaluationReport.Parent> parent,
            Instant now,
            Consumer<Map.Entry<Double, Samples>> made) {
        if (prompts.size() != options.pictures()) {
            throw new IllegalArgumentException(
                    prompts.size() + " prompts for " + options.pictures() + " pictures");
        }
        Map<Measure, String> missing = new EnumMap<>(Measure.class);
        missing.putAll(impossible);
        List<EvaluationReport.Scores> scores = new ArrayList<>();
        for (double guidanceScale : options.guidanceScales()) {
            Samples samples = samples(model, prompts, guidanceScale);
            made.accept(Map.entry(guidanceScale, samples));
            scores.add(new EvaluationReport.Scores(guidanceScale, measured(samples, missing)));
        }
        List<EvaluationReport.NotMeasured> notMeasured = new ArrayList<>();
        missing.forEach(
                (measure, why) ->
                        notMeasured.add(new EvaluationReport.NotMeasured(measure.title(), why)));
        if (validationLoss.isEmpty()) {
            notMeasured.add(
                    new EvaluationReport.NotMeasured(
                            "validation loss", "it was not measured before this evaluation"));
        }
        return new EvaluationReport(
                checkpoint,
                now,
                judge,
                options,
                validationLoss,
                scores,
                measured(real, new EnumMap<>(Measure.class)),
                notMeasured,
                parent);
    }

    private Map<Measure, Double> measured(Samples samples, Map<Measure, String> missing) {
        Map<Measure, Double> values = new EnumMap<>(Measure.class);
        for (Scorer scorer : scorers) {
            Optional<Double> score = scorer.score(samples);
            score.ifPresentOrElse(
                    value -> values.put(scorer.measure(), value),
                    () -> missing.put(scorer.measure(), "needs " + scorer.needs()));
        }
        return values;
    }

    private Samples samples(TextToImageModel model, List<Prompt> prompts, double guidanceScale) {
        List<RgbImage> pictures =
                model.make(
                        prompts.stream().map(Prompt::text).toList(),
                        options.seed(),
                        guidanceScale,
                        options);
        List<Sample> each = new ArrayList<>();
        for (int i = 0; i < prompts.size(); i++) {
            each.add(new Sample(prompts.get(i), pictures.get(i)));
        }
        return new Samples(each, repeated(model, prompts, guidanceScale));
    }

    private List<List<RgbImage>> repeated(
            TextToImageModel model, List<Prompt> prompts, double guidanceScale) {
        int count = Math.min(options.repeatedPrompts(), prompts.size());
        List<String> texts = new ArrayList<>();
        for (Prompt prompt : prompts.subList(0, count)) {
            texts.addAll(Collections.nCopies(options.repeats(), prompt.text()));
        }
        List<RgbImage> pictures =
                model.make(texts, options.seed() + prompts.size(), guidanceScale, options);
        List<List<RgbImage>> repeated = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int from = i * options.repeats();
            repeated.add(pictures.subList(from, from + options.repeats()));
        }
        return repeated;
    }
}
