package dev.darkroom.standalone.command;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.standalone.client.PoolUnreachableException;
import dev.darkroom.standalone.pool.PoolAccess;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "models",
        description = "Lists the models that a pool serves: name, version, native size.",
        footerHeading = "%nExample:%n",
        footer = "  darkroom models --json")
final class ModelsCommand implements Callable<Integer> {
    @Mixin private final Invocation invocation;

    @Mixin private final JsonOption json = new JsonOption();

    @Mixin private final ServerOption server = new ServerOption();

    ModelsCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    @Override
    public Integer call() throws PoolUnreachableException {
        try (PoolAccess pool = invocation.requirePool(server.url())) {
            JsonNode models = pool.client().models();
            json.print(
                    invocation.terminal(),
                    models,
                    answer -> answer.path("models").forEach(this::print));
            return ExitCode.OK;
        }
    }

    private void print(JsonNode model) {
        JsonNode defaults = model.path("defaults");
        invocation
                .terminal()
                .print(
                        String.format(
                                Locale.ROOT,
                                "%-24s %s  %dx%d, %d steps, %s, guidance scale %s",
                                model.path("name").asText(),
                                model.path("version").asText(),
                                model.path("width").asInt(),
                                model.path("height").asInt(),
                                defaults.path("steps").asInt(),
                                defaults.path("sampler").asText(),
                                defaults.path("guidanceScale").asText()));
    }
}
