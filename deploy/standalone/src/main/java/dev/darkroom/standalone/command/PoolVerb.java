package dev.darkroom.standalone.command;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.standalone.client.PoolClient;
import dev.darkroom.standalone.client.PoolUnreachableException;
import dev.darkroom.standalone.pool.PoolAccess;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;

/** A command that asks the pool and prints what it answers, as text or as JSON. */
abstract class PoolVerb implements Callable<Integer> {
    @Mixin private final Invocation invocation;

    @Mixin private final JsonOption json = new JsonOption();

    @Mixin private final ServerOption server = new ServerOption();

    PoolVerb(Invocation invocation) {
        this.invocation = invocation;
    }

    /** Refuses what is wrong whatever the pool says, before a pool is looked for. */
    void check() {}

    abstract JsonNode ask(PoolClient pool) throws PoolUnreachableException;

    abstract List<String> lines(JsonNode answer);

    /** The exit code. */
    int code(JsonNode answer) {
        return ExitCode.OK;
    }

    @Override
    public final Integer call() throws PoolUnreachableException {
        check();
        try (PoolAccess pool = invocation.requirePool(server.url())) {
            JsonNode answer = ask(pool.client());
            Terminal terminal = invocation.terminal();
            json.print(terminal, answer, any -> lines(any).forEach(terminal::print));
            return code(answer);
        }
    }
}
