package dev.darkroom.standalone.command;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.standalone.client.PoolClient;
import dev.darkroom.standalone.client.PoolUnreachableException;
import java.util.Optional;

/** Watches a job to its end. */
final class JobFollower {
    private static final int STREAMS_WITHOUT_NEWS = 20;

    private final Terminal terminal;

    JobFollower(Terminal terminal) {
        this.terminal = terminal;
    }

    /**
     * Shows the job's progress until it has ended.
     *
     * @return what the pool then says of it; its status is succeeded
     * @throws DarkroomException with the job's own error where it failed, and where it was
     *     cancelled or has expired
     */
    JsonNode await(PoolClient pool, JobId job) throws PoolUnreachableException {
        terminal.phase("waiting in the queue");
        int silent = 0;
        while (true) {
            Optional<JsonNode> last = pool.follow(job, this::show);
            JsonNode status = pool.status(job);
            switch (status.path("status").asText()) {
                case "succeeded" -> {
                    return status;
                }
                case "failed" -> throw failure(status);
                case "cancelled" -> throw ended("the job was cancelled");
                case "expired" -> throw ended("the job expired: nobody could begin it in time");
                default -> {
                    // A stream may end early: a proxy's limit, a producer that restarts.
                    silent = last.isPresent() ? 0 : silent + 1;
                    if (silent > STREAMS_WITHOUT_NEWS) {
                        throw new DarkroomException(
                                ErrorCode.NOT_READY,
                                "the pool at "
                                        + pool.server()
                                        + " ends every event stream; ask later: darkroom status "
                                        + job);
                    }
                    pause();
                }
            }
        }
    }

    private void show(JsonNode event) {
        switch (event.path("type").asText()) {
            case "started" -> terminal.phase("started");
            case "progress" ->
                    terminal.progress(event.path("step").asInt(), event.path("steps").asInt());
            default -> {
                // Accepted says nothing new; the final ones are told from the status.
            }
        }
    }

    private static DarkroomException failure(JsonNode status) {
        JsonNode error = status.path("error");
        ErrorCode code = ErrorCode.INTERNAL;
        for (ErrorCode known : ErrorCode.values()) {
            if (known.name().equals(error.path("code").asText())) {
                code = known;
            }
        }
        return new DarkroomException(
                code, "the job failed: " + error.path("message").asText(code.name()));
    }

    /** The command is not to blame, and asking again may help. */
    private static DarkroomException ended(String how) {
        return new DarkroomException(ErrorCode.INTERNAL, how);
    }

    private static void pause() {
        try {
            Thread.sleep(250);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DarkroomException(ErrorCode.NOT_READY, "interrupted", e);
        }
    }
}
