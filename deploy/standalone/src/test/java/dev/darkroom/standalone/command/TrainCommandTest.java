package dev.darkroom.standalone.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.contract.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a pool is asked for. */
class TrainCommandTest {
    private static final String ID = "0b2d7c1e-3f6a-4c58-9d0e-5a1b2c3d4e5f";

    private final List<String> bodies = new ArrayList<>();

    @Test
    void asksForAugmentedPicturesWhereToldTo() throws IOException {
        assertThat(augmentation("--flips", "0.5", "--tints", "0.25"))
                .isEqualTo(Json.tree(bytes("{\"flips\":0.5,\"tints\":0.25}")));
        assertThat(augmentation("--shift", "2")).isEqualTo(Json.tree(bytes("{\"shift\":2}")));
        assertThat(augmentation().isMissingNode()).isTrue();
    }

    private JsonNode augmentation(String... options) throws IOException {
        List<String> line =
                new ArrayList<>(List.of("train", "--model", "m", "--dataset", "d", "--detach"));
        line.addAll(List.of(options));
        try (AnsweringPool pool =
                new AnsweringPool(
                        (method, uri, body) -> {
                            if (method.equals("POST")) {
                                bodies.add(body);
                            }
                            return "{'id':'" + ID + "'}";
                        })) {
            assertThat(pool.run(line.toArray(String[]::new))).isEqualTo(ExitCode.OK);
            assertThat(pool.said()).contains(ID);
        }
        return Json.tree(bytes(bodies.get(bodies.size() - 1))).path("augmentation");
    }

    private static byte[] bytes(String json) {
        return json.getBytes(StandardCharsets.UTF_8);
    }
}
