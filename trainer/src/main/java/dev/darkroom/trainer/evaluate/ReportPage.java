package dev.darkroom.trainer.evaluate;

import dev.darkroom.trainer.evaluate.SvgPlot.Point;
import dev.darkroom.trainer.evaluate.SvgPlot.Series;
import dev.darkroom.trainer.loop.TrainingRecord;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** An evaluation as one HTML page that needs nothing but itself. */
public final class ReportPage {
    /** The file's name. */
    public static final String FILE = "index.html";

    public static final String MEDIA_TYPE = "text/html; charset=utf-8";

    /** Points of a curve at most; more steps are averaged. */
    private static final int MOST_POINTS = 300;

    private static final String STYLE =
            """
            :root{color-scheme:light dark;--ink:#1c1e21;--soft:#676d75;--ground:#fff;--line:#dfe2e6;
            --own:#0b62c4;--parent:#c05a00;--real:#2c8a3d}
            @media(prefers-color-scheme:dark){:root{--ink:#e7e9ec;--soft:#9aa1aa;--ground:#15171a;
            --line:#33373d;--own:#6cb0ff;--parent:#ffa657;--real:#6fce80}}
            body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--ground);
            max-width:1000px;margin:2em auto;padding:0 1em}
            h1{font-size:1.5em}h2{font-size:1.15em;margin-top:2em;border-bottom:1px solid var(--line)}
            table{border-collapse:collapse}th,td{padding:.25em .7em;text-align:right;
            border-bottom:1px solid var(--line);font-variant-numeric:tabular-nums}
            th:first-child,td:first-child{text-align:left}.wide{overflow-x:auto}
            .soft,figcaption{color:var(--soft);font-size:.9em}.old{color:var(--parent);white-space:nowrap}
            .pictures td,.pictures th{padding:2px 3px;border:0;text-align:center;font-weight:400;
            font-size:.85em}.pictures th:first-child{text-align:right;padding-right:.6em}
            .pictures img{image-rendering:pixelated;display:block;min-width:64px;height:auto}
            .plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(400px,1fr));gap:1em}
            figure{margin:0}.plot{width:100%;height:auto;font:11px system-ui,sans-serif}
            .plot text{fill:var(--soft)}.plot .axis{fill:var(--ink)}.plot .grid{stroke:var(--line)}
            polyline{fill:none;stroke-width:1.8}polyline.own{stroke:var(--own)}
            polyline.parent{stroke:var(--parent);stroke-dasharray:6 3}
            circle.own,rect.own{fill:var(--own)}circle.parent,rect.parent{fill:var(--parent)}
            line.real{stroke:var(--real);stroke-dasharray:3 3}.plot text.real{fill:var(--real)}
            """;

    private final EvaluationReport report;
    private final Map<String, List<TrainingRecord.Line>> records = new LinkedHashMap<>();
    private final List<SampleTable> tables = new ArrayList<>();

    public ReportPage(EvaluationReport report) {
        this.report = report;
    }

    /** Adds the loss curve of a stage. */
    public ReportPage record(String stage, List<TrainingRecord.Line> lines) {
        records.put(stage, List.copyOf(lines));
        return this;
    }

    /** Adds pictures. */
    public ReportPage samples(SampleTable table) {
        tables.add(table);
        return this;
    }

    /** The page. */
    public String html() {
        StringBuilder page = new StringBuilder();
        String title = Html.escape(report.checkpoint().toString());
        page.append("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">")
                .append("<meta name=\"viewport\" content=\"width=device-width\">")
                .append("<title>")
                .append(title)
                .append("</title>\n<style>\n")
                .append(STYLE)
                .append("</style></head><body>\n<h1>Checkpoint ")
                .append(title)
                .append("</h1>\n");
        summary(page);
        scores(page);
        plots(page);
        pictures(page);
        curves(page);
        missing(page);
        return page.append("</body></html>\n").toString();
    }

    private void summary(StringBuilder page) {
        EvaluationOptions options = report.options();
        page.append("<p class=\"soft\">Evaluated ")
                .append(Html.escape(report.evaluated().toString()))
                .append(
                        Html.escape(
                                ": %d pictures a guidance scale, %s in %d steps, seed %d; judge: %s."
                                        .formatted(
                                                options.pictures(),
                                                options.sampler().displayName(),
                                                options.steps(),
                                                options.seed(),
                                                report.judge())))
                .append("</p>\n");
        report.parent()
                .ifPresent(
                        parent -> {
                            page.append("<p>Trained from <span class=\"old\">")
                                    .append(Html.escape(parent.checkpoint().toString()))
                                    .append("</span>, whose figures stand behind each of ours.");
                            if (!parent.judge().equals(report.judge())) {
                                page.append(" They were given by another judge (")
                                        .append(Html.escape(parent.judge()))
                                        .append("): distances and agreements do not compare.");
                            }
                            page.append("</p>\n");
                        });
        report.validationLoss()
                .ifPresent(
                        loss ->
                                page.append("<p>Validation loss at fixed noise and timesteps: <b>")
                                        .append(Html.number(loss))
                                        .append("</b>")
                                        .append(
                                                old(
                                                        report.parent()
                                                                .flatMap(
                                                                        EvaluationReport.Parent
                                                                                ::validationLoss)
                                                                .map(Html::number)))
                                        .append("</p>\n"));
    }

    private List<Measure> measures() {
        List<Measure> found = new ArrayList<>();
        for (Measure measure : Measure.values()) {
            if (report.scores().stream().anyMatch(at -> at.values().containsKey(measure))) {
                found.add(measure);
            }
        }
        return found;
    }

    private void scores(StringBuilder page) {
        page.append("<h2>Scores</h2>\n<div class=\"wide\"><table><tr><th>measure</th>");
        for (EvaluationReport.Scores at : report.scores()) {
            page.append("<th>guidance ").append(Html.number(at.guidanceScale())).append("</th>");
        }
        page.append("<th>real pictures</th><th>better</th></tr>\n");
        for (Measure measure : measures()) {
            page.append("<tr><td>").append(Html.escape(measure.title())).append("</td>");
            for (EvaluationReport.Scores at : report.scores()) {
                page.append("<td>")
                        .append(value(measure, Optional.ofNullable(at.values().get(measure))))
                        .append(old(parentScore(at.guidanceScale(), measure)))
                        .append("</td>");
            }
            page.append("<td>")
                    .append(value(measure, Optional.ofNullable(report.real().get(measure))))
                    .append("</td><td class=\"soft\">")
                    .append(measure.higherIsBetter() ? "higher" : "lower")
                    .append("</td></tr>\n");
        }
        page.append("</table></div>\n<p class=\"soft\">Real pictures: as many others of the data,")
                .append(" with their own captions, scored alike; the floor of a distance at this")
                .append(" count.</p>\n");
    }

    private Optional<String> parentScore(double guidanceScale, Measure measure) {
        return report.parent()
                .flatMap(parent -> EvaluationReport.find(parent.scores(), guidanceScale, measure))
                .map(score -> value(measure, Optional.of(score)));
    }

    private static String old(Optional<String> value) {
        return value.map(text -> " <span class=\"old\">(" + text + ")</span>").orElse("");
    }

    private static String value(Measure measure, Optional<Double> value) {
        return value.map(
                        score ->
                                measure.isShare()
                                        ? Html.number(score * 100) + "&nbsp;%"
                                        : Html.number(score))
                .orElse("&ndash;");
    }

    private void plots(StringBuilder page) {
        page.append("<h2>Over guidance</h2>\n<div class=\"plots\">\n");
        List<Measure> measures = measures();
        for (Measure measure : measures) {
            SvgPlot plot = new SvgPlot("guidance scale", measure.title());
            plot.add(new Series("this", "own", true, overGuidance(report.scores(), measure)));
            report.parent()
                    .ifPresent(
                            parent ->
                                    plot.add(
                                            new Series(
                                                    "parent",
                                                    "parent",
                                                    true,
                                                    overGuidance(parent.scores(), measure))));
            if (report.real().containsKey(measure)) {
                plot.level("real", Objects.requireNonNull(report.real().get(measure)));
            }
            figure(page, plot, "");
        }
        if (measures.contains(Measure.CLASS_AGREEMENT)
                && measures.contains(Measure.FRECHET_CLASSIFIER)) {
            SvgPlot pareto =
                    new SvgPlot(
                            Measure.CLASS_AGREEMENT.title(), Measure.FRECHET_CLASSIFIER.title());
            pareto.add(new Series("this", "own", true, trade(report.scores())));
            report.parent()
                    .ifPresent(
                            parent ->
                                    pareto.add(
                                            new Series(
                                                    "parent",
                                                    "parent",
                                                    true,
                                                    trade(parent.scores()))));
            figure(page, pareto, "Right and below is better; each point's number is its guidance.");
        }
        page.append("</div>\n");
    }

    private static List<Point> overGuidance(List<EvaluationReport.Scores> scores, Measure measure) {
        List<Point> points = new ArrayList<>();
        for (EvaluationReport.Scores at : scores) {
            Double value = at.values().get(measure);
            if (value != null) {
                points.add(new Point(at.guidanceScale(), value, ""));
            }
        }
        return points;
    }

    private static List<Point> trade(List<EvaluationReport.Scores> scores) {
        List<Point> points = new ArrayList<>();
        for (EvaluationReport.Scores at : scores) {
            Double agreement = at.values().get(Measure.CLASS_AGREEMENT);
            Double distance = at.values().get(Measure.FRECHET_CLASSIFIER);
            if (agreement != null && distance != null) {
                points.add(new Point(agreement, distance, Html.number(at.guidanceScale())));
            }
        }
        return points;
    }

    private static void figure(StringBuilder page, SvgPlot plot, String caption) {
        if (!plot.isEmpty()) {
            page.append("<figure>").append(plot.svg());
            if (!caption.isEmpty()) {
                page.append("<figcaption>").append(Html.escape(caption)).append("</figcaption>");
            }
            page.append("</figure>\n");
        }
    }

    private void pictures(StringBuilder page) {
        if (tables.isEmpty()) {
            return;
        }
        page.append("<h2>Pictures</h2>\n");
        for (SampleTable table : tables) {
            page.append("<p>").append(Html.escape(table.title())).append("</p>\n");
            page.append("<div class=\"wide\"><table class=\"pictures\"><tr><th></th>");
            table.columns()
                    .forEach(name -> page.append("<th>").append(Html.escape(name)).append("</th>"));
            page.append("</tr>\n");
            for (SampleTable.Row row : table.rows()) {
                page.append("<tr><th>").append(Html.escape(row.name())).append("</th>");
                for (int i = 0; i < row.pictures().size(); i++) {
                    String description = row.name() + ", " + table.columns().get(i);
                    page.append("<td>")
                            .append(Html.picture(row.pictures().get(i), description))
                            .append("</td>");
                }
                page.append("</tr>\n");
            }
            page.append("</table></div>\n");
        }
    }

    private void curves(StringBuilder page) {
        if (records.isEmpty()) {
            return;
        }
        page.append("<h2>Training</h2>\n<div class=\"plots\">\n");
        records.forEach(
                (stage, lines) ->
                        figure(
                                page,
                                new SvgPlot("step", "loss of " + stage)
                                        .add(new Series(stage, "own", false, averaged(lines))),
                                ""));
        page.append("</div>\n");
    }

    private static List<Point> averaged(List<TrainingRecord.Line> lines) {
        List<Point> points = new ArrayList<>();
        int together = Math.max(1, (lines.size() + MOST_POINTS - 1) / MOST_POINTS);
        for (int from = 0; from < lines.size(); from += together) {
            List<TrainingRecord.Line> part =
                    lines.subList(from, Math.min(lines.size(), from + together));
            points.add(
                    new Point(
                            part.stream().mapToLong(TrainingRecord.Line::step).average().orElse(0),
                            part.stream()
                                    .mapToDouble(TrainingRecord.Line::loss)
                                    .average()
                                    .orElse(0),
                            ""));
        }
        return points;
    }

    private void missing(StringBuilder page) {
        if (report.notMeasured().isEmpty()) {
            return;
        }
        page.append("<h2>Not measured</h2>\n<ul>\n");
        for (EvaluationReport.NotMeasured one : report.notMeasured()) {
            page.append("<li>")
                    .append(Html.escape(one.what() + ": " + one.why()))
                    .append("</li>\n");
        }
        page.append("</ul>\n");
    }
}
