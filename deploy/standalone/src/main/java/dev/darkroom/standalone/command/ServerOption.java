package dev.darkroom.standalone.command;

import java.util.Optional;
import picocli.CommandLine.Option;

/** Which pool a command is for, where not that of the home folder. */
final class ServerOption {
    @Option(
            names = "--server",
            paramLabel = "URL",
            description = "Use the pool at this address. Default: DARKROOM_SERVER.")
    private Optional<String> url = Optional.empty();

    Optional<String> url() {
        return url;
    }
}
