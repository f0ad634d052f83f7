package dev.darkroom.standalone.command;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.standalone.client.PoolClient;
import dev.darkroom.standalone.client.PoolUnreachableException;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The verbs of {@code checkpoints}; each asks the pool once and prints what it answers. */
final class CheckpointCommands {
    private CheckpointCommands() {}

    /** What all verbs have in common. */
    abstract static class Verb extends PoolVerb {
        @Parameters(index = "0", paramLabel = "MODEL", description = "Name of the model.")
        private String model = "";

        Verb(Invocation invocation) {
            super(invocation);
        }

        abstract JsonNode ask(PoolClient pool, ModelName name) throws PoolUnreachableException;

        @Override
        final void check() {
            name();
        }

        @Override
        final JsonNode ask(PoolClient pool) throws PoolUnreachableException {
            return ask(pool, name());
        }

        private ModelName name() {
            return new ModelName(model);
        }
    }

    @Command(
            name = "list",
            description = {
                "Lists versions, the newest first: version, state, time, size, and what the gate"
                        + " found or where it was imported from."
            })
    static final class ListAll extends Verb {
        ListAll(Invocation invocation) {
            super(invocation);
        }

        @Override
        JsonNode ask(PoolClient pool, ModelName name) throws PoolUnreachableException {
            return pool.checkpoints(name);
        }

        @Override
        List<String> lines(JsonNode answer) {
            return CheckpointTable.list(answer);
        }
    }

    @Command(name = "show", description = "Shows one version and where it comes from.")
    static final class Show extends Verb {
        @Parameters(index = "1", paramLabel = "VERSION", description = "As 'list' prints it.")
        private String version = "";

        Show(Invocation invocation) {
            super(invocation);
        }

        @Override
        JsonNode ask(PoolClient pool, ModelName name) throws PoolUnreachableException {
            return pool.checkpoint(new CheckpointId(name, new CheckpointVersion(version)));
        }

        @Override
        List<String> lines(JsonNode answer) {
            return CheckpointTable.show(answer);
        }
    }

    @Command(
            name = "promote",
            description = "Lets a version serve its model; workers swap it in beside their work.")
    static final class Promote extends Verb {
        @Parameters(index = "1", paramLabel = "VERSION", description = "As 'list' prints it.")
        private String version = "";

        @Option(
                names = "--canary",
                paramLabel = "PERCENT",
                description = "Only this share of the jobs, 1..99, beside what serves now.")
        private int canary;

        Promote(Invocation invocation) {
            super(invocation);
        }

        @Override
        JsonNode ask(PoolClient pool, ModelName name) throws PoolUnreachableException {
            return pool.change(
                    name,
                    "promote",
                    Map.of("version", new CheckpointVersion(version), "canaryPercent", canary));
        }

        @Override
        List<String> lines(JsonNode answer) {
            return List.of(CheckpointTable.promotion(answer));
        }
    }

    @Command(
            name = "rollback",
            description = {
                "Undoes the last promotion; done again, the one before that.",
                "While a version is on trial, ends its trial."
            })
    static final class RollBack extends Verb {
        RollBack(Invocation invocation) {
            super(invocation);
        }

        @Override
        JsonNode ask(PoolClient pool, ModelName name) throws PoolUnreachableException {
            return pool.change(name, "rollback", Map.of());
        }

        @Override
        List<String> lines(JsonNode answer) {
            return List.of(CheckpointTable.promotion(answer));
        }
    }

    @Command(
            name = "prune",
            description = {
                "Tells which old versions would be removed; with --yes, removes them.",
                "What serves, is on trial, would be rolled back to or is needed by jobs stays."
            })
    static final class Prune extends Verb {
        @Option(
                names = "--keep",
                paramLabel = "N",
                defaultValue = "5",
                description = "So many of the newest stay. Default: ${DEFAULT-VALUE}.")
        private int keep;

        @Option(
                names = "--days",
                paramLabel = "D",
                defaultValue = "7",
                description = "Younger ones stay. Default: ${DEFAULT-VALUE}.")
        private int days;

        @Option(names = "--yes", description = "Do it.")
        private boolean yes;

        Prune(Invocation invocation) {
            super(invocation);
        }

        @Override
        JsonNode ask(PoolClient pool, ModelName name) throws PoolUnreachableException {
            return pool.change(name, "prune", Map.of("keep", keep, "days", days, "remove", yes));
        }

        @Override
        List<String> lines(JsonNode answer) {
            return CheckpointTable.prune(answer);
        }
    }
}
