package dev.darkroom.standalone.command;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.trainer.data.Captioner;
import dev.darkroom.trainer.data.Captioning;
import dev.darkroom.trainer.data.CommandCaptioner;
import dev.darkroom.trainer.data.MetadataCaptioner;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "caption",
        description = {
            "Has another program caption the pictures of a folder that have no caption yet, and"
                    + " writes metadata.jsonl, as training reads it.",
            "The program gets the pictures' names on standard input, one a line, and answers with"
                    + " lines like {\"file_name\": \"1.png\", \"text\": \"a red sneaker\"}."
        },
        footerHeading = "%nExample:%n",
        footer = "  darkroom caption pictures --command \"python3 blip.py\"")
final class CaptionCommand implements Callable<Integer> {
    @Mixin private final Invocation invocation;

    @Parameters(index = "0", paramLabel = "DIR", description = "The pictures.")
    private Path folder = Path.of("");

    @Option(
            names = "--command",
            paramLabel = "CMD",
            description = "The program, for the shell; it runs in the folder.")
    private Optional<String> program = Optional.empty();

    @Option(
            names = "--metadata",
            paramLabel = "FILE",
            description = "Lines that a program has already written, in place of a program.")
    private Optional<Path> metadata = Optional.empty();

    CaptionCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    @Override
    public Integer call() {
        if (!Files.isDirectory(folder)) {
            throw new DarkroomException(
                    ErrorCode.INVALID_DATASET, folder + " is no folder that can be read");
        }
        if (program.isPresent() == metadata.isPresent()) {
            throw new DarkroomException(
                    ErrorCode.INVALID_REQUEST, "captions come from --command or from --metadata");
        }
        Captioner captioner =
                program.<Captioner>map(CommandCaptioner::new)
                        .orElseGet(() -> new MetadataCaptioner(metadata.orElseThrow()));
        int captioned = Captioning.complete(folder, captioner);
        invocation.terminal().print("captioned " + captioned + " pictures");
        return ExitCode.OK;
    }
}
