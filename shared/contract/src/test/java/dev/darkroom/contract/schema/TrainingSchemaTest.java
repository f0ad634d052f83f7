package dev.darkroom.contract.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.training.TrainingEvent;
import dev.darkroom.contract.training.TrainingRequest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrainingSchemaTest {
    private static final SchemaFile REQUEST = new SchemaFile("training-request.schema.json");
    private static final SchemaFile EVENT = new SchemaFile("training-event.schema.json");
    private static final String BASE =
            "{\"id\":\"" + Samples.ID + "\",\"model\":\"m\",\"dataset\":\"d\"";

    static Stream<TrainingEvent> events() {
        return Samples.trainingEvents().stream();
    }

    @Test
    void holdsEncodedRequests() {
        byte[] full = Json.write(Samples.trainingRequest());
        assertThat(REQUEST.errors(full)).isEmpty();
        assertThat(Json.read(full, TrainingRequest.class)).isEqualTo(Samples.trainingRequest());
        assertThat(REQUEST.tree().get("properties").fieldNames())
                .toIterable()
                .containsExactlyInAnyOrderElementsOf(() -> Json.tree(full).fieldNames());
    }

    @ParameterizedTest
    @MethodSource("events")
    void holdsEncodedEvents(TrainingEvent event) {
        assertThat(EVENT.errors(Json.write(event))).isEmpty();
        assertThat(EVENT.errorsWhereNothingElseIsAllowed(Json.write(event))).isEmpty();
        assertThat(Json.read(Json.write(event), TrainingEvent.class)).isEqualTo(event);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ",\"steps\":null,\"minutes\":1",
                ",\"learningRate\":1",
                ",\"margins\":{\"loss\":0,\"scores\":1000}",
                ",\"canaryPercent\":0,\"promote\":false,\"textEncoder\":true",
                ",\"augmentation\":null",
                ",\"augmentation\":{}",
                ",\"augmentation\":{\"flips\":1,\"shift\":256,\"tints\":0}"
            })
    void schemaAndReaderTake(String fields) {
        byte[] request = bytes(BASE + fields + "}");
        assertThat(REQUEST.errors(request)).isEmpty();
        assertThat(Json.read(request, TrainingRequest.class).model()).isEqualTo(new ModelName("m"));
    }

    /** As it was written before there was an augmentation. */
    @Test
    void aRecordWithoutAugmentationLeavesPicturesAsTheyAre() {
        TrainingRequest before =
                Json.read(
                        bytes(
                                BASE
                                        + ",\"steps\":2000,\"minutes\":90,\"learningRate\":1.0E-4,"
                                        + "\"loraRank\":8,\"textEncoder\":true,"
                                        + "\"margins\":{\"loss\":2.0,\"scores\":5.0},"
                                        + "\"canaryPercent\":10,\"promote\":false}"),
                        TrainingRequest.class);

        assertThat(before.augmentation()).isEmpty();
        // Nor does a trainer of before meet anything new where none is asked for.
        assertThat(new String(Json.write(before), StandardCharsets.UTF_8))
                .doesNotContain("augmentation");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ",\"steps\":0",
                ",\"minutes\":43201",
                ",\"learningRate\":0",
                ",\"learningRate\":1.5",
                ",\"loraRank\":0",
                ",\"canaryPercent\":100",
                ",\"margins\":{\"loss\":-1,\"scores\":5}",
                ",\"margins\":{\"loss\":1}",
                ",\"augmentation\":{\"flips\":1.1}",
                ",\"augmentation\":{\"shift\":257}",
                ",\"augmentation\":{\"shift\":0.5}",
                ",\"augmentation\":{\"tints\":-0.1}",
                ",\"augmentation\":{\"turns\":1}",
                ",\"epochs\":3",
                ",\"dataset\":\"../x\""
            })
    void schemaAndReaderRefuse(String fields) {
        byte[] request = bytes(BASE.replace(",\"dataset\":\"d\"", "") + fields + "}");
        if (!fields.contains("dataset")) {
            request = bytes(BASE + fields + "}");
        }
        byte[] refused = request;
        assertThat(REQUEST.errors(refused)).isNotEmpty();
        assertThatThrownBy(() -> Json.read(refused, TrainingRequest.class))
                .isInstanceOf(DarkroomException.class);
    }

    @Test
    void examplesPass() {
        examples(REQUEST.tree())
                .forEach(
                        json -> {
                            assertThat(REQUEST.errors(json)).isEmpty();
                            assertThat(Json.read(json, TrainingRequest.class)).isNotNull();
                        });
        List<byte[]> events =
                StreamSupport.stream(EVENT.tree().get("$defs").spliterator(), false)
                        .flatMap(definition -> examples(definition).stream())
                        .toList();
        assertThat(events).hasSize(4);
        for (byte[] json : events) {
            assertThat(EVENT.errors(json)).isEmpty();
            assertThat(Json.read(json, TrainingEvent.class)).isNotNull();
        }
    }

    @Test
    void codesAreThoseOfTheCode() {
        assertThat(
                        EVENT.tree()
                                .at("/$defs/finished/properties/outcome/properties/code/enum")
                                .size())
                .isEqualTo(ErrorCode.values().length);
    }

    private static List<byte[]> examples(JsonNode schema) {
        return StreamSupport.stream(schema.path("examples").spliterator(), false)
                .map(Json::write)
                .toList();
    }

    private static byte[] bytes(String json) {
        return json.getBytes(StandardCharsets.UTF_8);
    }
}
