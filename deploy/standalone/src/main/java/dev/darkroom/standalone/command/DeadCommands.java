package dev.darkroom.standalone.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.standalone.client.PoolClient;
import dev.darkroom.standalone.client.PoolUnreachableException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The verbs of {@code dead}. */
final class DeadCommands {
    private static final int MOST_LISTED = 1000;

    /** As many as the pool changes in one request. */
    private static final int AT_ONCE = 100;

    private DeadCommands() {}

    @Command(
            name = "list",
            description = {
                "Lists dead letters, the latest first: id, time, error, stage, attempts, reason."
            })
    static final class ListAll extends PoolVerb {
        @Option(names = "--all", description = "Also those that were redriven or dropped.")
        private boolean all;

        ListAll(Invocation invocation) {
            super(invocation);
        }

        @Override
        JsonNode ask(PoolClient pool) throws PoolUnreachableException {
            return pool.deadLetters(MOST_LISTED, all);
        }

        @Override
        List<String> lines(JsonNode answer) {
            return DeadLetterTable.list(answer);
        }
    }

    @Command(name = "show", description = "Shows one dead letter: why, where, and the record.")
    static final class Show extends PoolVerb {
        @Parameters(index = "0", paramLabel = "ID", description = "As 'list' prints it.")
        private String id = "";

        Show(Invocation invocation) {
            super(invocation);
        }

        @Override
        JsonNode ask(PoolClient pool) throws PoolUnreachableException {
            return pool.deadLetter(id);
        }

        @Override
        List<String> lines(JsonNode answer) {
            return DeadLetterTable.show(answer);
        }
    }

    /** Changes letters, some or all. */
    abstract static class Change extends PoolVerb {
        @Parameters(paramLabel = "ID", arity = "0..*", description = "As 'list' prints it.")
        private List<String> ids = new ArrayList<>();

        @Option(names = "--all", description = "All that are open.")
        private boolean all;

        private final String verb;

        Change(Invocation invocation, String verb) {
            super(invocation);
            this.verb = verb;
        }

        /** Whether {@code --all} means this one. */
        abstract boolean applies(JsonNode letter);

        @Override
        JsonNode ask(PoolClient pool) throws PoolUnreachableException {
            if (all == !ids.isEmpty()) {
                throw new DarkroomException(
                        ErrorCode.INVALID_REQUEST, "name dead letters, or say --all");
            }
            ArrayNode outcomes = JsonNodeFactory.instance.arrayNode();
            if (all) {
                Set<String> tried = new HashSet<>();
                for (List<String> open = open(pool, tried);
                        !open.isEmpty();
                        open = open(pool, tried)) {
                    change(pool, open, outcomes);
                    tried.addAll(open);
                }
            } else {
                change(pool, ids, outcomes);
            }
            ObjectNode answer = JsonNodeFactory.instance.objectNode();
            answer.set("letters", outcomes);
            return answer;
        }

        private List<String> open(PoolClient pool, Set<String> tried)
                throws PoolUnreachableException {
            List<String> open = new ArrayList<>();
            for (JsonNode letter : pool.deadLetters(MOST_LISTED, false).path("letters")) {
                String id = letter.path("id").asText();
                if (applies(letter) && !tried.contains(id)) {
                    open.add(id);
                }
            }
            return open;
        }

        private void change(PoolClient pool, List<String> some, ArrayNode outcomes)
                throws PoolUnreachableException {
            for (int from = 0; from < some.size(); from += AT_ONCE) {
                List<String> part = some.subList(from, Math.min(some.size(), from + AT_ONCE));
                pool.changeDeadLetters(verb, part).path("letters").forEach(outcomes::add);
            }
        }

        @Override
        List<String> lines(JsonNode answer) {
            return DeadLetterTable.outcomes(answer);
        }

        @Override
        int code(JsonNode answer) {
            for (JsonNode outcome : answer.path("letters")) {
                if (outcome.has("refusal")) {
                    return ExitCode.USAGE;
                }
            }
            return ExitCode.OK;
        }
    }

    @Command(
            name = "redrive",
            description = {
                "Puts jobs that were given up on back on the queue, as new jobs, and prints their"
                        + " ids.",
                "Exits with 2 where one cannot be."
            })
    static final class Redrive extends Change {
        Redrive(Invocation invocation) {
            super(invocation, "redrive");
        }

        @Override
        boolean applies(JsonNode letter) {
            return !letter.has("obstacle");
        }
    }

    @Command(name = "drop", description = "Forgets dead letters; they stay on the topic.")
    static final class Drop extends Change {
        Drop(Invocation invocation) {
            super(invocation, "drop");
        }

        @Override
        boolean applies(JsonNode letter) {
            return true;
        }
    }
}
