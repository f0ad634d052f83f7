package dev.darkroom.standalone.command;

import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.tensor.ElementType;
import dev.darkroom.standalone.home.DarkroomHome;
import dev.darkroom.standalone.pool.CheckpointExport;
import dev.darkroom.standalone.pool.Services;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "export",
        description = {
            "Writes a published checkpoint as a folder in the Hugging Face diffusers layout, which"
                    + " diffusers opens and 'darkroom import' as well.",
            "Works while a pool is up on the home folder and while none is."
        },
        footerHeading = "%nExample:%n",
        footer = "  darkroom export fashion-sd exported/fashion-sd --fp16")
final class ExportCommand implements Callable<Integer> {
    @Mixin private final Invocation invocation;

    @Parameters(
            index = "0",
            paramLabel = "MODEL[@VERSION]",
            description = "The model's version that serves, or any published one.")
    private String model = "";

    @Parameters(index = "1", paramLabel = "DIR", description = "The folder to make.")
    private Path folder = Path.of("");

    @Option(
            names = "--fp16",
            description = "Half the bytes. Exact where the weights were imported as fp16.")
    private boolean half;

    ExportCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    @Override
    public Integer call() {
        NamedCheckpoint named = NamedCheckpoint.parse(model);
        DarkroomHome home = invocation.home();
        Terminal terminal = invocation.terminal();
        terminal.phase("connecting");
        try (Services services = Services.open(home);
                CheckpointExport export =
                        CheckpointExport.open(services.settings(), home.workFolder())) {
            terminal.phase("exporting " + model);
            CheckpointId exported =
                    export.run(
                            named.model(),
                            named.version(),
                            folder,
                            half ? ElementType.F16 : ElementType.F32);
            terminal.print("exported " + exported + " to " + folder);
            return ExitCode.OK;
        }
    }
}
