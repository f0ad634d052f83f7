package dev.darkroom.standalone.command;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.contract.access.ApiKeyId;
import dev.darkroom.contract.access.Role;
import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.json.Json;
import dev.darkroom.producer.key.KeyRequest;
import dev.darkroom.standalone.client.PoolClient;
import dev.darkroom.standalone.client.PoolUnreachableException;
import dev.darkroom.standalone.pool.PoolKeys;
import dev.darkroom.standalone.pool.Services;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The verbs of {@code keys}. */
final class KeyCommands {
    private KeyCommands() {}

    /** What all verbs have in common. */
    abstract static class Verb implements Callable<Integer> {
        @Mixin private final Invocation invocation;

        @Mixin private final JsonOption json = new JsonOption();

        @Mixin private final ServerOption server = new ServerOption();

        Verb(Invocation invocation) {
            this.invocation = invocation;
        }

        /** Asks a pool by its address. */
        abstract JsonNode ask(PoolClient pool) throws PoolUnreachableException;

        /** Works on the bucket. */
        abstract JsonNode ask(PoolKeys keys);

        abstract void show(Terminal terminal, JsonNode answer);

        @Override
        public Integer call() throws PoolUnreachableException {
            JsonNode answer = answer(invocation.namedServer(server.url()));
            Terminal terminal = invocation.terminal();
            json.print(terminal, answer, any -> show(terminal, any));
            return ExitCode.OK;
        }

        private JsonNode answer(Optional<PoolClient> pool) throws PoolUnreachableException {
            if (pool.isPresent()) {
                return ask(pool.get());
            }
            try (Services services = Services.open(invocation.home());
                    PoolKeys keys = PoolKeys.open(services.settings())) {
                return ask(keys);
            }
        }
    }

    @Command(
            name = "create",
            description = {
                "Makes a key and prints its secret, which is kept nowhere: this once.",
                "Producers know it after some seconds."
            })
    static final class Create extends Verb {
        @Option(
                names = "--tenant",
                paramLabel = "NAME",
                required = true,
                description = "Whose jobs its holder submits and sees: a-z 0-9 _ -")
        private String tenant = "";

        @Option(
                names = "--role",
                paramLabel = "ROLE",
                split = ",",
                description = {
                    "submit, read or admin; several with commas. Default: submit,read.",
                    "submit: submit and cancel jobs. read: look at jobs, their previews and"
                            + " pictures, models.",
                    "admin: all of it for every tenant, and promote, train, prune, dead letters,"
                            + " keys."
                })
        private List<String> roles = new ArrayList<>();

        @Option(names = "--note", paramLabel = "TEXT", description = "What it is for.")
        private Optional<String> note = Optional.empty();

        Create(Invocation invocation) {
            super(invocation);
        }

        private KeyRequest request() {
            EnumSet<Role> chosen = EnumSet.noneOf(Role.class);
            roles.forEach(role -> chosen.add(Role.parse(role)));
            return new KeyRequest(
                    new TenantName(tenant),
                    chosen.isEmpty() ? EnumSet.of(Role.SUBMIT, Role.READ) : chosen,
                    note);
        }

        @Override
        JsonNode ask(PoolClient pool) throws PoolUnreachableException {
            return pool.createKey(Json.write(request()));
        }

        @Override
        JsonNode ask(PoolKeys keys) {
            return Json.tree(Json.write(keys.create(request())));
        }

        @Override
        void show(Terminal terminal, JsonNode key) {
            terminal.say("Made " + line(key) + ". Its secret, shown only now:");
            terminal.print(key.path("secret").asText());
        }
    }

    @Command(name = "list", description = "Lists keys, the oldest first, without their secrets.")
    static final class ListAll extends Verb {
        ListAll(Invocation invocation) {
            super(invocation);
        }

        @Override
        JsonNode ask(PoolClient pool) throws PoolUnreachableException {
            return pool.keys();
        }

        @Override
        JsonNode ask(PoolKeys keys) {
            return Json.tree(Json.write(Map.of("keys", keys.list())));
        }

        @Override
        void show(Terminal terminal, JsonNode answer) {
            answer.path("keys").forEach(key -> terminal.print(line(key)));
        }
    }

    @Command(name = "revoke", description = "Ends a key; producers refuse it after some seconds.")
    static final class Revoke extends Verb {
        @Parameters(index = "0", paramLabel = "ID", description = "As 'list' prints it.")
        private String id = "";

        Revoke(Invocation invocation) {
            super(invocation);
        }

        @Override
        JsonNode ask(PoolClient pool) throws PoolUnreachableException {
            ApiKeyId key = new ApiKeyId(id);
            pool.revokeKey(key);
            return revoked(key);
        }

        @Override
        JsonNode ask(PoolKeys keys) {
            ApiKeyId key = new ApiKeyId(id);
            keys.revoke(key);
            return revoked(key);
        }

        private static JsonNode revoked(ApiKeyId key) {
            return Json.tree(Json.write(Map.of("revoked", key)));
        }

        @Override
        void show(Terminal terminal, JsonNode answer) {
            terminal.print("revoked " + answer.path("revoked").asText());
        }
    }

    private static String line(JsonNode key) {
        List<String> roles = new ArrayList<>();
        key.path("roles").forEach(role -> roles.add(role.asText()));
        return String.join(
                        "  ",
                        key.path("id").asText(),
                        key.path("tenant").asText(),
                        String.join(",", roles),
                        key.path("createdAt").asText(),
                        key.path("note").asText())
                .strip();
    }
}
