package dev.darkroom.standalone.command;

import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "checkpoints",
        synopsisSubcommandLabel = "COMMAND",
        description = "The versions of a model in a pool that is up.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  darkroom checkpoints list fashion-sd",
            "  darkroom checkpoints promote fashion-sd 0a1b2c3d4e5f --canary 10",
            "  darkroom checkpoints rollback fashion-sd"
        })
final class CheckpointsCommand implements Runnable {
    @Spec private CommandSpec spec = CommandSpec.create();

    static List<?> commands(Invocation invocation) {
        return List.of(
                new CheckpointCommands.ListAll(invocation),
                new CheckpointCommands.Show(invocation),
                new CheckpointCommands.Promote(invocation),
                new CheckpointCommands.RollBack(invocation),
                new CheckpointCommands.Prune(invocation));
    }

    @Override
    public void run() {
        spec.commandLine().usage(System.out);
    }
}
