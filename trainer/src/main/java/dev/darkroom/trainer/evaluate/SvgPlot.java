package dev.darkroom.trainer.evaluate;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A plot of lines and points as inline SVG; colours come from the page's style. */
final class SvgPlot {
    private static final int WIDTH = 460;
    private static final int HEIGHT = 300;
    private static final int LEFT = 52;
    private static final int RIGHT = 22;
    private static final int TOP = 44;
    private static final int BOTTOM = 46;
    private static final int TICKS = 5;

    /** Room of a name in the legend. */
    private static final int LEGEND = 90;

    private final String xTitle;
    private final String yTitle;
    private final List<Series> series = new ArrayList<>();
    private final List<Level> levels = new ArrayList<>();

    SvgPlot(String xTitle, String yTitle) {
        this.xTitle = xTitle;
        this.yTitle = yTitle;
    }

    /** A point, with a word beside it unless that is empty. */
    record Point(double x, double y, String label) {}

    /**
     * Points joined in order.
     *
     * @param style class of the page's style: {@code own} or {@code parent}
     */
    record Series(String name, String style, boolean dots, List<Point> points) {}

    private record Level(String name, double y) {}

    SvgPlot add(Series line) {
        List<Point> finite =
                line.points().stream()
                        .filter(p -> Double.isFinite(p.x()) && Double.isFinite(p.y()))
                        .toList();
        if (!finite.isEmpty()) {
            series.add(new Series(line.name(), line.style(), line.dots(), finite));
        }
        return this;
    }

    /** A dashed line across. */
    SvgPlot level(String name, double y) {
        levels.add(new Level(name, y));
        return this;
    }

    boolean isEmpty() {
        return series.isEmpty();
    }

    String svg() {
        List<Point> all = series.stream().flatMap(one -> one.points().stream()).toList();
        Axis x = Axis.of(all.stream().map(Point::x).toList());
        List<Double> heights = new ArrayList<>(all.stream().map(Point::y).toList());
        levels.forEach(level -> heights.add(level.y()));
        Axis y = Axis.of(heights);
        StringBuilder svg = new StringBuilder();
        svg.append(
                text(
                        "<svg class=\"plot\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">",
                        WIDTH, HEIGHT, Html.escape(yTitle + " over " + xTitle)));
        grid(svg, x, y);
        for (Level level : levels) {
            double at = down(y, level.y());
            svg.append(
                    text(
                            "<line class=\"real\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>",
                            LEFT, WIDTH - RIGHT, at, at));
            svg.append(
                    text(
                            "<text class=\"real\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>",
                            WIDTH - RIGHT, at - 4, Html.escape(level.name())));
        }
        series.forEach(one -> draw(svg, one, x, y));
        legend(svg);
        return svg.append("</svg>").toString();
    }

    private void grid(StringBuilder svg, Axis x, Axis y) {
        for (double value : y.ticks()) {
            double at = down(y, value);
            svg.append(
                    text(
                            "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>"
                                    + "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>",
                            LEFT, WIDTH - RIGHT, at, at, LEFT - 6, at + 4, Html.number(value)));
        }
        for (double value : x.ticks()) {
            svg.append(
                    text(
                            "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>",
                            across(x, value), HEIGHT - BOTTOM + 17, Html.number(value)));
        }
        svg.append(
                text(
                        "<text class=\"axis\" x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>",
                        (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, Html.escape(xTitle)));
        svg.append(text("<text class=\"axis\" x=\"4\" y=\"14\">%s</text>", Html.escape(yTitle)));
    }

    private static void draw(StringBuilder svg, Series one, Axis x, Axis y) {
        StringBuilder points = new StringBuilder();
        for (Point point : one.points()) {
            points.append(text("%.1f,%.1f ", across(x, point.x()), down(y, point.y())));
        }
        svg.append(
                text(
                        "<polyline class=\"%s\" points=\"%s\"/>",
                        one.style(), points.toString().strip()));
        for (Point point : one.points()) {
            double left = across(x, point.x());
            double top = down(y, point.y());
            if (one.dots()) {
                svg.append(
                        text(
                                "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\"/>",
                                one.style(), left, top));
            }
            if (!point.label().isEmpty()) {
                svg.append(
                        text(
                                "<text x=\"%.1f\" y=\"%.1f\">%s</text>",
                                left + 6, top - 6, Html.escape(point.label())));
            }
        }
    }

    private void legend(StringBuilder svg) {
        if (series.size() < 2) {
            return;
        }
        int left = LEFT;
        for (Series one : series) {
            svg.append(
                    text(
                            "<rect class=\"%s\" x=\"%d\" y=\"28\" width=\"14\" height=\"4\"/>"
                                    + "<text x=\"%d\" y=\"34\">%s</text>",
                            one.style(), left, left + 20, Html.escape(one.name())));
            left += LEGEND;
        }
    }

    private static double across(Axis axis, double value) {
        return LEFT + axis.share(value) * (WIDTH - LEFT - RIGHT);
    }

    private static double down(Axis axis, double value) {
        return HEIGHT - BOTTOM - axis.share(value) * (HEIGHT - BOTTOM - TOP);
    }

    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }

    /** From a round number to a round number, in round steps. */
    private record Axis(double from, double to, double step) {
        static Axis of(List<Double> values) {
            double least = values.stream().mapToDouble(Double::doubleValue).min().orElse(0);
            double most = values.stream().mapToDouble(Double::doubleValue).max().orElse(1);
            if (most - least < 1e-9 * Math.max(1, Math.abs(most))) {
                double room = Math.max(Math.abs(most) / 10, 1e-6);
                least -= room;
                most += room;
            }
            double rough = (most - least) / TICKS;
            double power = Math.pow(10, Math.floor(Math.log10(rough)));
            double step = power * 10;
            for (double round : new double[] {1, 2, 5}) {
                if (round * power >= rough) {
                    step = round * power;
                    break;
                }
            }
            return new Axis(Math.floor(least / step) * step, Math.ceil(most / step) * step, step);
        }

        double share(double value) {
            return (value - from) / (to - from);
        }

        List<Double> ticks() {
            List<Double> ticks = new ArrayList<>();
            long count = Math.round((to - from) / step);
            for (long i = 0; i <= count; i++) {
                ticks.add(from + i * step);
            }
            return ticks;
        }
    }
}
