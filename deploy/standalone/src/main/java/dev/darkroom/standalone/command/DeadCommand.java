package dev.darkroom.standalone.command;

import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "dead",
        synopsisSubcommandLabel = "COMMAND",
        description = "The jobs that a pool that is up has given up on.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  darkroom dead list",
            "  darkroom dead redrive 0b2d7c1e-3f6a-4c58-9d0e-5a1b2c3d4e5f",
            "  darkroom dead drop --all"
        })
final class DeadCommand implements Runnable {
    @Spec private CommandSpec spec = CommandSpec.create();

    static List<?> commands(Invocation invocation) {
        return List.of(
                new DeadCommands.ListAll(invocation),
                new DeadCommands.Show(invocation),
                new DeadCommands.Redrive(invocation),
                new DeadCommands.Drop(invocation));
    }

    @Override
    public void run() {
        spec.commandLine().usage(System.out);
    }
}
