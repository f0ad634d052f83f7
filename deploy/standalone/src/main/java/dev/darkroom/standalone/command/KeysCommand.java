package dev.darkroom.standalone.command;

import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "keys",
        synopsisSubcommandLabel = "COMMAND",
        description = {
            "The API keys of a pool: while it has none, it answers anyone on its own machine.",
            "Works on the bucket, as its owner; with --server on a pool elsewhere, with an admin's"
                    + " key."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  darkroom keys create --tenant operators --role admin",
            "  export DARKROOM_API_KEY=$(darkroom keys create --tenant acme)",
            "  darkroom keys revoke 0a1b2c3d4e5f"
        })
final class KeysCommand implements Runnable {
    @Spec private CommandSpec spec = CommandSpec.create();

    static List<?> commands(Invocation invocation) {
        return List.of(
                new KeyCommands.Create(invocation),
                new KeyCommands.ListAll(invocation),
                new KeyCommands.Revoke(invocation));
    }

    @Override
    public void run() {
        spec.commandLine().usage(System.out);
    }
}
