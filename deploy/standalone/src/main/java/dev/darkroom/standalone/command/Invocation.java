package dev.darkroom.standalone.command;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.standalone.client.PoolClient;
import dev.darkroom.standalone.home.DarkroomHome;
import dev.darkroom.standalone.pool.PoolAccess;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;

/** The options that every command has, and what follows from them and from the environment. */
final class Invocation {
    private static final String SERVER_VARIABLE = "DARKROOM_SERVER";
    private static final String KEY_VARIABLE = "DARKROOM_API_KEY";

    /** What a header may carry. */
    private static final Pattern SENDABLE = Pattern.compile("[!-~]+");

    private final Terminal terminal;
    private final Map<String, String> environment;

    @Option(
            names = {"-v", "--verbose"},
            description = "Show the log on standard error, and stack traces.")
    private boolean verbose;

    @Option(
            names = "--home",
            paramLabel = "DIR",
            description = "Folder that keeps the pool's data. Default: DARKROOM_HOME.")
    private Optional<Path> home = Optional.empty();

    @Option(
            names = "--api-key",
            paramLabel = "KEY",
            description = {
                "Key for a pool that asks for one. Default: DARKROOM_API_KEY, which others on this"
                        + " machine do not see in the list of processes."
            })
    private Optional<String> apiKey = Optional.empty();

    Invocation(Terminal terminal, Map<String, String> environment) {
        this.terminal = terminal;
        this.environment = environment;
    }

    Terminal terminal() {
        return terminal;
    }

    boolean verbose() {
        return verbose;
    }

    DarkroomHome home() {
        return home.map(DarkroomHome::new)
                .orElseGet(
                        () ->
                                DarkroomHome.locate(
                                        environment,
                                        System.getProperty("os.name", ""),
                                        Path.of(System.getProperty("user.home", "."))));
    }

    /** What the pool is told of who asks. */
    Optional<String> apiKey() {
        Optional<String> key =
                apiKey.or(() -> Optional.ofNullable(environment.get(KEY_VARIABLE)))
                        .map(String::strip)
                        .filter(text -> !text.isEmpty());
        if (key.filter(text -> !SENDABLE.matcher(text).matches()).isPresent()) {
            throw new DarkroomException(
                    ErrorCode.INVALID_REQUEST,
                    "--api-key or DARKROOM_API_KEY is no API key: those begin with drk_");
        }
        return key;
    }

    /** The pool that an option or the environment names, which nobody here starts. */
    Optional<PoolClient> namedServer(Optional<String> option) {
        return option.or(() -> Optional.ofNullable(environment.get(SERVER_VARIABLE)))
                .filter(text -> !text.isBlank())
                .map(this::client);
    }

    /** A pool that is up; starts none. */
    PoolAccess requirePool(Optional<String> server) {
        return namedServer(server)
                .map(PoolAccess::at)
                .or(() -> PoolAccess.find(home(), apiKey()))
                .orElseThrow(
                        () ->
                                new DarkroomException(
                                        ErrorCode.NOT_READY,
                                        "no pool is up on "
                                                + home()
                                                + ": start one with 'darkroom up', or name one with"
                                                + " --server"));
    }

    private PoolClient client(String text) {
        try {
            URI uri = URI.create(text.contains("://") ? text : "http://" + text);
            if (uri.getHost() != null && uri.getScheme().startsWith("http")) {
                return new PoolClient(uri, apiKey());
            }
        } catch (IllegalArgumentException e) {
            // Told below, as for any other text that is no address.
        }
        throw new DarkroomException(
                ErrorCode.INVALID_REQUEST,
                "\"" + text + "\" is no server address; say it like http://127.0.0.1:8080");
    }
}
