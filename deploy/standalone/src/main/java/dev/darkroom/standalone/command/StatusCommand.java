package dev.darkroom.standalone.command;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.standalone.client.PoolUnreachableException;
import dev.darkroom.standalone.pool.PoolAccess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "status",
        description = {
            "Says how far a job of a pool that is up has come.",
            "Exits with 1 where the job has failed, was cancelled or has expired."
        },
        footerHeading = "%nExample:%n",
        footer = "  darkroom status 0b2d7c1e-3f6a-4c58-9d0e-5a1b2c3d4e5f --out pictures")
final class StatusCommand implements Callable<Integer> {
    @Mixin private final Invocation invocation;

    @Parameters(index = "0", paramLabel = "ID", description = "As 'darkroom submit' printed it.")
    private String id = "";

    @Option(
            names = {"-o", "--out"},
            paramLabel = "DIR",
            description = "Fetch the pictures of a finished job into this folder.")
    private Optional<Path> out = Optional.empty();

    @Option(
            names = "--preview",
            paramLabel = "FILE",
            description = {
                "Write how far the pictures of a running job are into this file, a small PNG of all"
                        + " of them side by side; waits for it, and overwrites."
            })
    private Optional<Path> preview = Optional.empty();

    @Mixin private final JsonOption json = new JsonOption();

    @Mixin private final ServerOption server = new ServerOption();

    StatusCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    @Override
    public Integer call() throws PoolUnreachableException {
        JobId job = new JobId(id);
        try (PoolAccess pool = invocation.requirePool(server.url())) {
            JsonNode status = pool.client().status(job);
            Terminal terminal = invocation.terminal();
            json.print(terminal, status, answer -> terminal.print(summary(answer)));
            if (out.isPresent()) {
                PictureFolder folder = PictureFolder.open(out.get());
                new PictureDownload(pool.client(), folder, terminal)
                        .fetch(job, status.path("job").path("prompt").asText(), status);
            }
            if (preview.isPresent()) {
                write(preview.get(), pool.client().preview(job));
            }
            return switch (status.path("status").asText()) {
                case "failed", "cancelled", "expired" -> ExitCode.FAILURE;
                default -> ExitCode.OK;
            };
        }
    }

    private static void write(Path file, byte[] png) {
        try {
            Files.write(file, png);
        } catch (IOException e) {
            throw new DarkroomException(
                    ErrorCode.INVALID_REQUEST, "cannot write " + file + ": " + e, e);
        }
    }

    static String summary(JsonNode status) {
        String state = status.path("status").asText();
        return switch (state) {
            case "running" ->
                    "running: step "
                            + status.path("step").asInt()
                            + " of "
                            + status.path("steps").asInt();
            case "failed" ->
                    "failed: "
                            + status.path("error").path("code").asText()
                            + ": "
                            + status.path("error").path("message").asText();
            case "succeeded" -> "succeeded: " + status.path("images").size() + " pictures";
            default -> state + place(status);
        };
    }

    /** As in {@code : number 4 in the queue, begins in about 30 s}. */
    private static String place(JsonNode status) {
        if (!status.has("position")) {
            return "";
        }
        String place = ": number " + status.path("position").asInt() + " in the queue";
        return status.has("expectedWaitSeconds")
                ? place
                        + ", begins in about "
                        + Math.round(status.path("expectedWaitSeconds").asDouble())
                        + " s"
                : place;
    }
}
