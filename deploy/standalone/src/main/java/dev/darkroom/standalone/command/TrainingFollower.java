package dev.darkroom.standalone.command;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.Disposition;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.training.TrainingId;
import dev.darkroom.standalone.client.PoolClient;
import dev.darkroom.standalone.client.PoolUnreachableException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Watches a training to its end. */
final class TrainingFollower {
    private static final long PAUSE_MILLIS = 1000;
    private static final int PATIENCE = 60;

    private final Terminal terminal;

    TrainingFollower(Terminal terminal) {
        this.terminal = terminal;
    }

    /** Shows the training's progress until it has an outcome; returns what the pool says then. */
    JsonNode await(PoolClient pool, TrainingId id) throws PoolUnreachableException {
        int failures = 0;
        while (true) {
            JsonNode status;
            try {
                status = pool.training(id);
                failures = 0;
            } catch (DarkroomException e) {
                // The pool is busy training: what it cannot say now it says a little later.
                failures++;
                if (e.code().disposition() != Disposition.TRANSIENT || failures > PATIENCE) {
                    throw e;
                }
                pause();
                continue;
            }
            if (status.has("outcome")) {
                return status;
            }
            terminal.phase(line(status));
            pause();
        }
    }

    static String line(JsonNode status) {
        JsonNode progress = status.path("progress");
        if (status.path("status").asText().equals("waiting")) {
            return "waiting for a trainer";
        }
        if (progress.isMissingNode()) {
            return "started by " + status.path("trainer").asText();
        }
        StringBuilder line = new StringBuilder(progress.path("stage").asText());
        line.append(": step ").append(progress.path("step").asLong());
        if (progress.path("steps").asLong() > 0) {
            line.append(" of ").append(progress.path("steps").asLong());
        }
        if (progress.has("loss")) {
            line.append(
                    String.format(Locale.ROOT, ", loss %.4f", progress.path("loss").asDouble()));
        }
        if (progress.has("picturesPerSecond")) {
            line.append(
                    String.format(
                            Locale.ROOT,
                            ", %.1f pictures/s",
                            progress.path("picturesPerSecond").asDouble()));
        }
        if (progress.has("secondsLeft")) {
            long left = progress.path("secondsLeft").asLong();
            line.append(String.format(Locale.ROOT, ", %d:%02d left", left / 60, left % 60));
        }
        return line.toString();
    }

    static List<String> summary(JsonNode status) {
        JsonNode outcome = status.path("outcome");
        List<String> lines = new ArrayList<>();
        String version = outcome.path("version").asText();
        lines.add(
                switch (status.path("status").asText()) {
                    case "promoted" -> version + " is published and serves";
                    case "canary" -> version + " is published and gets a share of the jobs";
                    case "not-promoted" -> version + " is published and does not serve";
                    default -> "failed: " + outcome.path("code").asText();
                });
        outcome.path("reasons").forEach(reason -> lines.add("  " + reason.asText()));
        return lines;
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DarkroomException(ErrorCode.NOT_READY, "interrupted", e);
        }
    }
}
