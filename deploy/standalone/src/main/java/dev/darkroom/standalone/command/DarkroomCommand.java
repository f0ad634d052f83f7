package dev.darkroom.standalone.command;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.standalone.pool.Logs;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The command line as a whole. */
@Command(
        name = "darkroom",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        synopsisSubcommandLabel = "COMMAND",
        description = "Stable Diffusion as a pool of workers behind a queue.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:the job or the pool failed",
            "2:the command, the request or the input must change",
            "130:Ctrl-C (143: SIGTERM)"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  darkroom generate \"a red sneaker\" -n 4 --out pictures",
            "  darkroom up",
            "  darkroom import ~/models/stable-diffusion-v1-5 --name sd15",
            "  darkroom train --model fashion-sd --dataset sneakers",
            "  darkroom checkpoints rollback fashion-sd",
            "",
            "Data live in DARKROOM_HOME; 'darkroom COMMAND --help' tells more."
        })
public final class DarkroomCommand implements Runnable {
    /** What Java makes of bytes that are no character. */
    private static final char UNREADABLE = '\ufffd';

    @Spec private CommandSpec spec = CommandSpec.create();

    private DarkroomCommand() {}

    /**
     * Runs a command line to its end.
     *
     * @return the process's exit code
     */
    public static int run(Terminal terminal, Map<String, String> environment, String... arguments) {
        for (String argument : arguments) {
            if (argument.indexOf(UNREADABLE) >= 0) {
                terminal.say(
                        "darkroom: \""
                                + argument
                                + "\" has characters that could not be read: give arguments in UTF-8,"
                                + " in a UTF-8 locale");
                return ExitCode.USAGE;
            }
        }
        Interruption interruption = new Interruption(terminal);
        interruption.install();
        int code = commandLine(terminal, environment, interruption).execute(arguments);
        interruption.finish();
        return code;
    }

    static CommandLine commandLine(
            Terminal terminal, Map<String, String> environment, Interruption interruption) {
        CommandLine root = new CommandLine(new DarkroomCommand());
        Invocation invocation = new Invocation(terminal, environment);
        add(root, new GenerateCommand(invocation, interruption));
        add(root, new UpCommand(invocation, interruption));
        add(root, new ImportCommand(invocation));
        add(root, new ExportCommand(invocation));
        add(root, new ModelsCommand(invocation));
        add(root, new CheckpointsCommand(), CheckpointsCommand.commands(invocation));
        add(root, new TrainCommand(invocation, interruption));
        add(root, new CaptionCommand(invocation));
        add(root, new EvaluateCommand(invocation));
        add(root, new SubmitCommand(invocation));
        add(root, new StatusCommand(invocation));
        add(root, new CancelCommand(invocation));
        add(root, new DeadCommand(), DeadCommand.commands(invocation));
        add(root, new KeysCommand(), KeysCommand.commands(invocation));
        add(root, new BenchmarkCommand(invocation, interruption));
        root.setCaseInsensitiveEnumValuesAllowed(true);
        root.setExecutionStrategy(
                parsed -> {
                    Logs.toConsole(invocation.verbose());
                    return new CommandLine.RunLast().execute(parsed);
                });
        root.setExecutionExceptionHandler(
                (failure, line, parsed) -> tell(invocation, interruption, failure));
        root.setParameterExceptionHandler(
                (failure, arguments) -> {
                    terminal.say("darkroom: " + failure.getMessage());
                    terminal.say(
                            "Try '"
                                    + failure.getCommandLine().getCommandSpec().qualifiedName()
                                    + " --help'.");
                    return ExitCode.USAGE;
                });
        return root;
    }

    private static void add(CommandLine root, Object command) {
        add(root, command, List.of());
    }

    private static void add(CommandLine root, Object command, List<?> children) {
        CommandLine line = new CommandLine(command);
        line.getCommandSpec().mixinStandardHelpOptions(true).versionProvider(new Version());
        children.forEach(child -> add(line, child));
        root.addSubcommand(line);
    }

    private static int tell(Invocation invocation, Interruption interruption, Exception failure) {
        if (ExitCode.of(failure) == ExitCode.FAILURE) {
            interruption.endIfUnderWay();
        }
        String message =
                failure instanceof DarkroomException known ? known.reason() : failure.getMessage();
        invocation.terminal().say("darkroom: " + (message == null ? failure : message));
        if (invocation.verbose()) {
            failure.printStackTrace();
        }
        return ExitCode.of(failure);
    }

    @Override
    public void run() {
        spec.commandLine().usage(System.out);
    }
}
