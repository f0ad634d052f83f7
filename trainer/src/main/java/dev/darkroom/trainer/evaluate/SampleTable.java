package dev.darkroom.trainer.evaluate;

import dev.darkroom.diffusion.pipeline.RgbImage;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Pictures by row and column, as kind and colour.
 *
 * @param columns names
 */
public record SampleTable(String title, List<String> columns, List<Row> rows) {
    public SampleTable {
        columns = List.copyOf(columns);
        rows = List.copyOf(rows);
        for (Row row : rows) {
            if (row.pictures().size() > columns.size()) {
                throw new IllegalArgumentException(
                        row.pictures().size() + " pictures in " + columns.size() + " columns");
            }
        }
    }

    /** A row's pictures, from the left. */
    public record Row(String name, List<RgbImage> pictures) {
        public Row {
            pictures = List.copyOf(pictures);
        }
    }

    /**
     * Asks the model for every kind in every colour.
     *
     * @param colours may be empty: then there is one column without a colour
     */
    public static SampleTable of(
            TextToImageModel model,
            List<String> kinds,
            List<String> colours,
            double guidanceScale,
            EvaluationOptions options) {
        List<String> columns = new ArrayList<>(List.of("(any colour)"));
        columns.addAll(colours);
        List<String> prompts = new ArrayList<>();
        for (String kind : kinds) {
            prompts.add(withArticle(kind));
            colours.forEach(colour -> prompts.add(withArticle(colour + " " + kind)));
        }
        List<RgbImage> pictures = model.make(prompts, options.seed(), guidanceScale, options);
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < kinds.size(); i++) {
            int from = i * columns.size();
            rows.add(new Row(kinds.get(i), pictures.subList(from, from + columns.size())));
        }
        return new SampleTable(
                "Guidance " + Html.number(guidanceScale) + ": what was asked for", columns, rows);
    }

    private static String withArticle(String thing) {
        return ("aeiou".indexOf(thing.charAt(0)) >= 0 ? "an " : "a ") + thing;
    }

    /**
     * What was made of the prompts that several pictures were made of.
     *
     * @param samples of one guidance scale, the repeated ones those of its first prompts
     */
    static SampleTable of(double guidanceScale, Samples samples) {
        List<Row> rows = new ArrayList<>();
        int most = 0;
        for (int i = 0; i < samples.repeated().size(); i++) {
            List<RgbImage> pictures = samples.repeated().get(i);
            rows.add(new Row(samples.each().get(i).prompt().text(), pictures));
            most = Math.max(most, pictures.size());
        }
        return new SampleTable(
                "Guidance " + Html.number(guidanceScale) + ": several pictures of one prompt",
                IntStream.rangeClosed(1, most).mapToObj(Integer::toString).toList(),
                rows);
    }
}
