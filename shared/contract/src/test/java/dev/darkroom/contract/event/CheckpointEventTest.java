package dev.darkroom.contract.event;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.schema.Samples;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CheckpointEventTest {
    static Stream<CheckpointEvent> events() {
        return Samples.checkpointEvents().stream();
    }

    @ParameterizedTest
    @MethodSource("events")
    void readsBackWhatItWrote(CheckpointEvent event) {
        byte[] json = Json.write(event);

        assertThat(Json.read(json, CheckpointEvent.class)).isEqualTo(event);
        assertThat(Json.tree(json).get("type").textValue()).isEqualTo(event.type());
        assertThat(Json.tree(json).has("checkpoint")).isFalse();
    }

    @Test
    void everyTypeHasASample() {
        assertThat(events().map(CheckpointEvent::getClass).distinct())
                .hasSameSizeAs(CheckpointEvent.class.getPermittedSubclasses());
    }
}
