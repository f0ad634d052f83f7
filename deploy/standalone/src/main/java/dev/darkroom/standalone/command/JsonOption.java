package dev.darkroom.standalone.command;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.contract.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import picocli.CommandLine.Option;

/** Whether a command prints what the pool answers, or what a person wants of it. */
final class JsonOption {
    @Option(names = "--json", description = "Print the pool's whole answer.")
    private boolean json;

    /**
     * @param forPeople prints what a person wants
     */
    void print(Terminal terminal, JsonNode answer, Consumer<JsonNode> forPeople) {
        if (json) {
            terminal.print(new String(Json.writePretty(answer), StandardCharsets.UTF_8));
        } else {
            forPeople.accept(answer);
        }
    }
}
