package dev.darkroom.standalone.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What the pool says of checkpoints, for a person. */
final class CheckpointTable {
    private CheckpointTable() {}

    /** One line a version. */
    static List<String> list(JsonNode answer) {
        List<String> lines = new ArrayList<>();
        for (JsonNode version : answer.path("checkpoints")) {
            lines.add(
                    String.format(
                                    Locale.ROOT,
                                    "%s  %-9s  %-20s %6s  %s",
                                    version.path("version").asText(),
                                    version.path("state").asText(),
                                    seconds(version.path("createdAt").asText("-")),
                                    size(version.path("bytes").asLong()),
                                    version.has("finding")
                                            ? version.path("finding").asText()
                                            : version.path("source").asText())
                            .stripTrailing());
        }
        return lines;
    }

    static List<String> show(JsonNode answer) {
        JsonNode manifest = answer.path("manifest");
        JsonNode training = answer.path("training");
        long bytes = 0;
        for (JsonNode file : manifest.path("files")) {
            bytes += file.path("size").asLong();
        }
        List<String> lines = new ArrayList<>();
        lines.add(field("version", manifest.path("version").asText()));
        lines.add(field("state", answer.path("state").asText()));
        lines.add(field("made", seconds(manifest.path("createdAt").asText())));
        lines.add(field("source", manifest.path("source").asText()));
        lines.add(field("files", manifest.path("files").size() + ", " + size(bytes)));
        JsonNode defaults = answer.path("configuration").path("defaults");
        lines.add(
                field(
                        "native size",
                        defaults.path("width").asInt() + "x" + defaults.path("height").asInt()));
        if (training.isMissingNode()) {
            return lines;
        }
        lines.add(field("parent", training.path("parent").asText("none")));
        lines.add(
                field(
                        "data",
                        training.path("dataset").asText()
                                + ", "
                                + training.path("objects").asInt()
                                + " objects"));
        lines.add(field("steps", training.path("steps").asText()));
        training.path("recipe")
                .properties()
                .forEach(
                        setting ->
                                lines.add(
                                        field(
                                                "  " + setting.getKey(),
                                                setting.getValue()
                                                        .asText(setting.getValue().toString()))));
        for (JsonNode score : training.path("scores")) {
            lines.add(
                    field(
                            "  " + score.path("name").asText(),
                            String.format(Locale.ROOT, "%.4f", score.path("value").asDouble())
                                    + " ("
                                    + score.path("better").asText()
                                    + " is better)"));
        }
        lines.add(field("gate", training.path("mayServe").asBoolean() ? "passed" : "kept it back"));
        training.path("findings").forEach(finding -> lines.add("  " + finding.asText()));
        if (training.has("report")) {
            lines.add(field("report", training.path("report").asText()));
        }
        return lines;
    }

    static List<String> prune(JsonNode answer) {
        boolean removed = answer.path("removed").asBoolean();
        List<String> lines = new ArrayList<>();
        long bytes = 0;
        int gone = 0;
        for (JsonNode version : answer.path("checkpoints")) {
            boolean goes = version.path("remove").asBoolean();
            gone += goes ? 1 : 0;
            bytes += goes ? version.path("bytes").asLong() : 0;
            lines.add(
                    String.format(
                            Locale.ROOT,
                            "%s  %-7s  %6s  %s",
                            version.path("version").asText(),
                            goes ? (removed ? "removed" : "goes") : "stays",
                            size(version.path("bytes").asLong()),
                            version.path("reason").asText()));
        }
        lines.add(
                (removed ? "removed " : "would remove ")
                        + gone
                        + " ("
                        + size(bytes)
                        + ")"
                        + (removed || gone == 0 ? "" : "; do it with --yes"));
        return lines;
    }

    /** What stands after a change. */
    static String promotion(JsonNode answer) {
        String text =
                answer.path("model").asText() + " is served by " + answer.path("version").asText();
        JsonNode canary = answer.path("canary");
        return canary.isMissingNode()
                ? text
                : text
                        + ", and "
                        + canary.path("version").asText()
                        + " gets "
                        + canary.path("percent").asInt()
                        + " % of the jobs";
    }

    private static String field(String name, String value) {
        return String.format(Locale.ROOT, "%-20s %s", name, value);
    }

    private static String seconds(String instant) {
        return instant.replaceFirst("\\.[0-9]+Z$", "Z");
    }

    private static String size(long bytes) {
        return bytes < 1_000_000 ? (bytes + 999) / 1000 + " kB" : Math.round(bytes / 1e6) + " MB";
    }
}
