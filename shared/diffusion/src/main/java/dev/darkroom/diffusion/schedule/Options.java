package dev.darkroom.diffusion.schedule;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Options of a scheduler_config.json, read one by one with their type; a value of another type is
 * refused by the option's name. An option that is null counts as left out.
 */
final class Options {
    private static final int LONGEST_TEXT = 60;

    private final Map<String, ?> values;

    Options(Map<String, ?> values) {
        this.values = values;
    }

    int integer(String name, int absent, int least, int most) {
        OptionalDouble found = number(name);
        if (found.isEmpty()) {
            return absent;
        }
        double value = found.getAsDouble();
        if (value != Math.rint(value) || value < least || value > most) {
            throw refusal(name, "must be a whole number from " + least + " to " + most);
        }
        return (int) value;
    }

    double number(String name, double absent) {
        double value = number(name).orElse(absent);
        if (!Double.isFinite(value)) {
            throw refusal(name, "must be a finite number");
        }
        return value;
    }

    /** A number; JSON that has no infinity carries it as text. */
    OptionalDouble number(String name) {
        Object value = values.get(name);
        if (value == null) {
            return OptionalDouble.empty();
        }
        if (value instanceof Number number && !Double.isNaN(number.doubleValue())) {
            return OptionalDouble.of(number.doubleValue());
        }
        if (value.equals("Infinity") || value.equals("-Infinity")) {
            return OptionalDouble.of(Double.parseDouble((String) value));
        }
        throw refusal(name, "must be a number");
    }

    boolean flag(String name, boolean absent) {
        Object value = values.get(name);
        if (value == null) {
            return absent;
        }
        if (value instanceof Boolean flag) {
            return flag;
        }
        throw refusal(name, "must be true or false");
    }

    String text(String name, String absent) {
        Object value = values.get(name);
        if (value == null) {
            return absent;
        }
        if (value instanceof String text) {
            return text;
        }
        throw refusal(name, "must be a text");
    }

    Optional<float[]> numbers(String name) {
        Object value = values.get(name);
        if (value == null) {
            return Optional.empty();
        }
        if (!(value instanceof List<?> list)) {
            throw refusal(name, "must be a list of numbers");
        }
        float[] numbers = new float[list.size()];
        for (int i = 0; i < numbers.length; i++) {
            if (!(list.get(i) instanceof Number number)) {
                throw refusal(name, "must be a list of numbers");
            }
            numbers[i] = number.floatValue();
        }
        return Optional.of(numbers);
    }

    /** The exception to throw for an option that cannot be followed. */
    IllegalArgumentException refusal(String name, String rule) {
        String value = String.valueOf((Object) values.get(name));
        String shown =
                value.length() <= LONGEST_TEXT ? value : value.substring(0, LONGEST_TEXT) + "...";
        String is = values.containsKey(name) ? " is " + shown : " is left out";
        return new IllegalArgumentException("scheduler option " + name + is + ": " + rule);
    }
}
