package dev.darkroom.standalone.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.standalone.home.DarkroomHome;
import dev.darkroom.standalone.home.PoolFile;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a person is told of a pool that is up. */
class UpCommandTest {
    private static final DarkroomHome HOME = new DarkroomHome(Path.of("/home/of/pool"));
    private static final PoolFile WHERE =
            new PoolFile(
                    7,
                    URI.create("http://127.0.0.1:8080"),
                    "127.0.0.1:9092",
                    URI.create("http://127.0.0.1:9000"),
                    "darkroom",
                    "us-east-1",
                    Optional.empty());

    @Test
    void saysInOneLineWhoIsAnsweredWithoutKeysAndHowToMakeOne() {
        assertThat(UpCommand.lines(WHERE, false, HOME))
                .filteredOn(line -> line.contains("API key"))
                .singleElement()
                .asString()
                .contains("this machine only", "darkroom keys create --tenant NAME --role admin");
    }

    @Test
    void saysNothingOfItWhereThereAreKeys() {
        assertThat(UpCommand.lines(WHERE, true, HOME))
                .noneMatch(line -> line.contains("API key"))
                .anyMatch(line -> line.endsWith("http://127.0.0.1:8080/v1/jobs"))
                .anyMatch(line -> line.endsWith("/home/of/pool"));
    }
}
