package dev.darkroom.standalone.command;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import picocli.CommandLine.IVersionProvider;

/** The build's version, which the build writes into a file beside this class. */
final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() throws IOException {
        try (InputStream file = Version.class.getResourceAsStream("version.txt")) {
            byte[] text = Objects.requireNonNull(file, "version.txt").readAllBytes();
            return new String[] {new String(text, StandardCharsets.UTF_8).strip()};
        }
    }
}
