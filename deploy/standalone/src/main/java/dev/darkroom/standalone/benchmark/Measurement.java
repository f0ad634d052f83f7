package dev.darkroom.standalone.benchmark;

import java.util.Locale;
import java.util.OptionalDouble;

/**
 * A row of the table.
 *
 * @param value in {@code unit}
 * @param gflops billions of floating-point operations a second, where that means something
 */
record Measurement(String name, double value, String unit, OptionalDouble gflops) {
    static Measurement of(String name, double value, String unit) {
        return new Measurement(name, value, unit, OptionalDouble.empty());
    }

    static Measurement rate(String name, double seconds, long flop) {
        return new Measurement(name, seconds, "s", OptionalDouble.of(flop / seconds / 1e9));
    }

    String row() {
        return String.format(
                Locale.ROOT,
                "%-44s %10.3f %-4s %10s",
                name,
                value,
                unit,
                gflops.isPresent() ? String.format(Locale.ROOT, "%.1f", gflops.getAsDouble()) : "");
    }

    static String header() {
        return String.format(
                Locale.ROOT, "%-44s %10s %-4s %10s", "what", "value", "unit", "GFLOP/s");
    }
}
