package dev.darkroom.standalone.command;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.contract.error.Excerpt;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What the pool says of dead letters, for a person. Their texts come from anyone. */
final class DeadLetterTable {
    private static final int REASON = 100;
    private static final int LINE = 2000;

    private DeadLetterTable() {}

    /** One line a letter. */
    static List<String> list(JsonNode answer) {
        List<String> lines = new ArrayList<>();
        for (JsonNode letter : answer.path("letters")) {
            lines.add(
                    String.format(
                            Locale.ROOT,
                            "%-36s  %s  %-20s %-12s %2d  %s%s",
                            line(letter.path("id"), REASON),
                            seconds(letter.path("at").asText("-")),
                            line(letter.path("code"), REASON),
                            line(letter.path("stage"), REASON),
                            letter.path("attempts").asInt(),
                            becameOf(letter),
                            line(letter.path("message"), REASON)));
        }
        int more = answer.path("total").asInt() - answer.path("letters").size();
        if (more > 0) {
            lines.add("and " + more + " older ones");
        }
        return lines;
    }

    static List<String> show(JsonNode letter) {
        List<String> lines = new ArrayList<>();
        field(lines, letter, "id", "id");
        field(lines, letter, "state", "state");
        field(lines, letter, "given up at", "at");
        field(lines, letter, "error", "code");
        field(lines, letter, "reason", "message");
        field(lines, letter, "stage", "stage");
        field(lines, letter, "attempts", "attempts");
        field(lines, letter, "worker", "worker");
        field(lines, letter, "redrive of", "redriveOf");
        field(lines, letter, "redriven as", "redrivenAs");
        field(lines, letter, "not redrivable", "obstacle");
        field(lines, letter, "traceparent", "traceparent");
        field(lines, letter, "came from", "origin");
        field(lines, letter, "record", "record");
        letter.path("stackTrace")
                .asText()
                .lines()
                .forEach(frame -> lines.add(Excerpt.of(frame.replace("\t", "  "), LINE)));
        return lines;
    }

    /** One line a letter that was to be changed. */
    static List<String> outcomes(JsonNode answer) {
        List<String> lines = new ArrayList<>();
        for (JsonNode outcome : answer.path("letters")) {
            String id = line(outcome.path("id"), REASON);
            if (outcome.has("refusal")) {
                lines.add(id + "  not done: " + line(outcome.path("refusal"), LINE));
            } else if (outcome.has("redrivenAs")) {
                lines.add(id + "  redriven as " + line(outcome.path("redrivenAs"), REASON));
            } else {
                lines.add(id + "  dropped");
            }
        }
        return lines;
    }

    private static String becameOf(JsonNode letter) {
        String state = letter.path("state").asText();
        return switch (state) {
            case "redriven" -> "redriven as " + line(letter.path("redrivenAs"), REASON) + ": ";
            case "dropped" -> "dropped: ";
            default -> "";
        };
    }

    private static void field(List<String> lines, JsonNode letter, String name, String field) {
        if (letter.hasNonNull(field)) {
            lines.add(String.format(Locale.ROOT, "%-20s %s", name, line(letter.path(field), LINE)));
        }
    }

    private static String line(JsonNode text, int limit) {
        return Excerpt.of(text.asText(), limit);
    }

    private static String seconds(String instant) {
        return instant.replaceFirst("\\.[0-9]+Z$", "Z");
    }
}
