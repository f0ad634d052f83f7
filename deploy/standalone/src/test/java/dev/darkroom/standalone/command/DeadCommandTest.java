package dev.darkroom.standalone.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the commands ask of a pool, and what they print of its answers. */
class DeadCommandTest {
    private static final String LETTERS =
            "{'total':2,'letters':[{'id':'0b2d7c1e-3f6a-4c58-9d0e-5a1b2c3d4e5f','state':'open',"
                    + "'code':'GENERATION_FAILED','message':'not a \\u001b[31mnumber',"
                    + "'stage':'unet','attempts':3,'at':'2026-01-31T12:00:00.5Z'},"
                    + "{'id':'darkroom.jobs:0:7','state':'open','code':'MALFORMED_REQUEST',"
                    + "'message':'not JSON','stage':'taken','attempts':1,"
                    + "'at':'2026-01-31T12:00:00Z','obstacle':'not JSON'}]}";

    private final List<String> asked = new ArrayList<>();
    private AnsweringPool pool;
    private String changed = "{'letters':[]}";

    @BeforeEach
    void serve() throws IOException {
        pool =
                new AnsweringPool(
                        (method, uri, body) -> {
                            asked.add(method + " " + uri + body);
                            return method.equals("GET") ? LETTERS : changed;
                        });
    }

    @AfterEach
    void stop() {
        pool.close();
    }

    @Test
    void listsALineALetter() {
        assertThat(run("list")).isEqualTo(ExitCode.OK);

        assertThat(asked).containsExactly("GET /v1/dead?limit=1000&all=false");
        assertThat(said())
                .contains(
                        "0b2d7c1e-3f6a-4c58-9d0e-5a1b2c3d4e5f  2026-01-31T12:00:00Z "
                                + " GENERATION_FAILED    unet          3  not a \\u001b[31mnumber")
                .contains("darkroom.jobs:0:7 ");
    }

    @Test
    void redrivesAllThatCanBeAndPrintsTheNewIds() {
        changed =
                "{'letters':[{'id':'0b2d7c1e-3f6a-4c58-9d0e-5a1b2c3d4e5f',"
                        + "'redrivenAs':'1b2d7c1e-3f6a-4c58-9d0e-5a1b2c3d4e5f'}]}";

        assertThat(run("redrive", "--all")).isEqualTo(ExitCode.OK);

        assertThat(asked)
                .contains(
                        "POST /v1/dead/redrive"
                                + "{\"ids\":[\"0b2d7c1e-3f6a-4c58-9d0e-5a1b2c3d4e5f\"]}");
        assertThat(said()).contains("redriven as 1b2d7c1e-3f6a-4c58-9d0e-5a1b2c3d4e5f");
    }

    @Test
    void dropsThoseThatAreNamed() {
        changed = "{'letters':[{'id':'darkroom.jobs:0:7'}]}";

        assertThat(run("drop", "darkroom.jobs:0:7")).isEqualTo(ExitCode.OK);

        assertThat(asked).containsExactly("POST /v1/dead/drop{\"ids\":[\"darkroom.jobs:0:7\"]}");
        assertThat(said()).contains("darkroom.jobs:0:7  dropped");
    }

    @Test
    void saysWhatWasNotDone() {
        changed = "{'letters':[{'id':'x','refusal':'no dead letter has this name'}]}";

        assertThat(run("redrive", "x")).isEqualTo(ExitCode.USAGE);
        assertThat(said()).contains("x  not done: no dead letter has this name");
        assertThat(run("redrive")).isEqualTo(ExitCode.USAGE);
        assertThat(run("drop", "x", "--all")).isEqualTo(ExitCode.USAGE);
        assertThat(said()).contains("or say --all");
    }

    private int run(String... arguments) {
        List<String> line = new ArrayList<>(List.of("dead"));
        line.addAll(List.of(arguments));
        return pool.run(line.toArray(String[]::new));
    }

    private String said() {
        return pool.said();
    }
}
