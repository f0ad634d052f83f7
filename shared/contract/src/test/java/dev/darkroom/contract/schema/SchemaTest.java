package dev.darkroom.contract.schema;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.contract.checkpoint.Promotion;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.CheckpointEvent;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.event.JobOutcome;
import dev.darkroom.contract.event.PreviewRequest;
import dev.darkroom.contract.job.GenerationRequest;
import dev.darkroom.contract.job.JobRecord;
import dev.darkroom.contract.job.SamplerName;
import dev.darkroom.contract.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SchemaTest {
    private static final SchemaFile JOB = new SchemaFile("generation-job.schema.json");
    private static final SchemaFile EVENT = new SchemaFile("job-event.schema.json");
    private static final SchemaFile PREVIEW = new SchemaFile("preview-request.schema.json");
    private static final SchemaFile CHECKPOINT_EVENT =
            new SchemaFile("checkpoint-event.schema.json");
    private static final SchemaFile OUTCOME = new SchemaFile("job-outcome.schema.json");
    private static final SchemaFile RESULT = new SchemaFile("result.schema.json");
    private static final SchemaFile PROMOTION = new SchemaFile("promotion.schema.json");
    private static final String ID = "\"id\":\"" + Samples.ID + "\"";
    private static final String BASE = ID + ",\"prompt\":\"a red sneaker\"";

    static Stream<JobEvent> events() {
        return Samples.events().stream();
    }

    @Test
    void holdsEncodedJobs() {
        assertThat(JOB.errors(JobRecord.encode(Samples.job(Optional.empty())))).isEmpty();
        assertThat(JOB.errors(JobRecord.encode(Samples.job(Optional.of(Samples.VERSION)))))
                .isEmpty();
    }

    @ParameterizedTest
    @MethodSource("events")
    void holdsEncodedEvents(JobEvent event) {
        assertThat(EVENT.errors(Json.write(event))).isEmpty();
        assertThat(EVENT.errorsWhereNothingElseIsAllowed(Json.write(event))).isEmpty();
    }

    static Stream<JobOutcome> outcomes() {
        return Samples.outcomes().stream();
    }

    @ParameterizedTest
    @MethodSource("outcomes")
    void holdsEncodedOutcomes(JobOutcome outcome) {
        byte[] json = Json.writePretty(outcome);
        assertThat(OUTCOME.errors(json)).isEmpty();
        assertThat(OUTCOME.errorsWhereNothingElseIsAllowed(json)).isEmpty();
        assertThat(Json.readTolerant(json, JobOutcome.class)).isEqualTo(outcome);
    }

    @ParameterizedTest
    @MethodSource("outcomes")
    void schemaAndReaderRefuseAResultWithAnotherEndAndSuccessWithoutOne(JobOutcome outcome) {
        ObjectNode turned = (ObjectNode) Json.tree(Json.write(outcome));
        if (turned.remove("result") == null) {
            turned.set("result", Json.tree(Json.write(Samples.manifest())));
        }
        byte[] json = Json.write(turned);
        assertThat(OUTCOME.errors(json)).isNotEmpty();
        assertThat(catchRefusal(() -> Json.readTolerant(json, JobOutcome.class))).isPresent();
    }

    static Stream<CheckpointEvent> checkpointEvents() {
        return Samples.checkpointEvents().stream();
    }

    @ParameterizedTest
    @MethodSource("checkpointEvents")
    void holdsEncodedCheckpointEvents(CheckpointEvent event) {
        assertThat(CHECKPOINT_EVENT.errors(Json.write(event))).isEmpty();
        assertThat(CHECKPOINT_EVENT.errorsWhereNothingElseIsAllowed(Json.write(event))).isEmpty();
    }

    @Test
    void holdsEncodedPreviewRequestsWhichAreNoEventsThatEndJobs() {
        byte[] json = Json.write(new PreviewRequest(Samples.ID, Samples.AT));
        assertThat(PREVIEW.errors(json)).isEmpty();
        assertThat(PREVIEW.errorsWhereNothingElseIsAllowed(json)).isEmpty();
        assertThat(Json.read(json, PreviewRequest.class).jobId()).isEqualTo(Samples.ID);
        assertThat(PreviewRequest.isOne(json)).isTrue();
        for (byte[] example : examples(PREVIEW.tree())) {
            assertThat(PREVIEW.errors(example)).isEmpty();
            assertThat(PreviewRequest.isOne(example)).isTrue();
        }
        for (JobEvent event : Samples.events()) {
            assertThat(PREVIEW.errors(Json.write(event))).isNotEmpty();
            assertThat(PreviewRequest.isOne(Json.write(event))).isFalse();
        }
        for (String other : List.of("", "null", "[]", "{}", "{\"type\":\"preview\"}", "{")) {
            assertThat(PreviewRequest.isOne(bytes(other))).isFalse();
        }
    }

    @Test
    void holdsEncodedManifestsAndPromotions() {
        assertThat(RESULT.errors(Json.write(Samples.manifest()))).isEmpty();
        assertThat(RESULT.errors(Json.writePretty(Samples.manifest()))).isEmpty();
        assertThat(RESULT.errorsWhereNothingElseIsAllowed(Json.write(Samples.manifest())))
                .isEmpty();
        for (Promotion promotion : List.of(Samples.promotion(), Samples.trial(99))) {
            assertThat(PROMOTION.errors(Json.write(promotion))).isEmpty();
            assertThat(PROMOTION.errorsWhereNothingElseIsAllowed(Json.write(promotion))).isEmpty();
        }
    }

    @Test
    void examplesOfTheSchemasPassSchemaAndDecoder() {
        examples(JOB.tree()).forEach(bytes -> agree(JOB, bytes, true));
        examples(RESULT.tree()).forEach(bytes -> assertThat(RESULT.errors(bytes)).isEmpty());
        examples(OUTCOME.tree()).forEach(bytes -> assertThat(OUTCOME.errors(bytes)).isEmpty());
        for (byte[] promotion : examples(PROMOTION.tree())) {
            assertThat(PROMOTION.errors(promotion)).isEmpty();
            assertThat(Json.read(promotion, Promotion.class)).isNotNull();
        }
        examplesOfKindsPass(EVENT, JobEvent.class);
        examplesOfKindsPass(CHECKPOINT_EVENT, CheckpointEvent.class);
    }

    private static void examplesOfKindsPass(SchemaFile schema, Class<?> kind) {
        List<byte[]> events =
                StreamSupport.stream(schema.tree().get("$defs").spliterator(), false)
                        .flatMap(definition -> examples(definition).stream())
                        .toList();
        assertThat(events).hasSameSizeAs(kind.getPermittedSubclasses());
        for (byte[] event : events) {
            assertThat(schema.errors(event)).isEmpty();
            assertThat(Json.read(event, kind)).isNotNull();
        }
    }

    @Test
    void bothEventsKnowTheSameCodes() {
        assertThat(CHECKPOINT_EVENT.tree().at("/$defs/refused/properties/code/enum"))
                .isEqualTo(EVENT.tree().at("/$defs/failed/properties/code/enum"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "100", "-1", "1.5", "\"10\""})
    void schemaAndReaderRefuseAShareThatIsNone(String percent) {
        String document =
                "{\"model\":\"m\",\"version\":\"0a1b2c3d4e5f\",\"promotedAt\":\"2026-01-31T12:00:00Z\","
                        + "\"canary\":{\"version\":\"5f4e3d2c1b0a\",\"percent\":"
                        + percent
                        + "}}";
        assertThat(PROMOTION.errors(bytes(document))).isNotEmpty();
        assertThat(catchRefusal(() -> Json.readTolerant(bytes(document), Promotion.class)))
                .isPresent();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ",\"negativePrompt\":\"\"",
                ",\"negativePrompt\":null,\"model\":null,\"version\":null,\"width\":null",
                ",\"height\":null,\"steps\":null,\"sampler\":null,\"guidanceScale\":null",
                ",\"seed\":null,\"count\":null",
                ",\"tenant\":null",
                ",\"tenant\":\"acme_2-x\"",
                ",\"model\":\"sd-1.5\"",
                ",\"version\":\"0a1b2c3d4e5f\"",
                ",\"width\":1,\"height\":4096",
                ",\"steps\":1",
                ",\"steps\":1000",
                ",\"sampler\":\"ddim\"",
                ",\"sampler\":\"euler\"",
                ",\"sampler\":\"dpmpp_2m_karras\"",
                ",\"guidanceScale\":1",
                ",\"guidanceScale\":7.5",
                ",\"guidanceScale\":5e1",
                ",\"seed\":0",
                ",\"seed\":9007199254740975",
                ",\"count\":1",
                ",\"count\":16",
                ",\"priority\":\"high\"",
                ",\"priority\":null",
                ",\"deadline\":null",
                ",\"deadline\":\"2026-01-31T12:00:00Z\"",
                ",\"deadline\":\"2026-01-31T12:00:00.123456789Z\"",
            })
    void schemaAndDecoderTake(String fields) {
        agree(JOB, bytes("{" + BASE + fields + "}"), true);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ",\"surplus\":1",
                ",\"negative_prompt\":\"x\"",
                ",\"negativePrompt\":1",
                ",\"negativePrompt\":[\"x\"]",
                ",\"negativePrompt\":\"a\\u0000b\"",
                ",\"negativePrompt\":\"\\udc00\"",
                ",\"tenant\":\"\"",
                ",\"tenant\":\"Acme\"",
                ",\"tenant\":\"../x\"",
                ",\"tenant\":\"a.b\"",
                ",\"tenant\":5",
                ",\"tenant\":{}",
                ",\"model\":\"\"",
                ",\"model\":\"Fashion\"",
                ",\"model\":\"../x\"",
                ",\"model\":\"a..b\"",
                ",\"model\":\"a/b\"",
                ",\"model\":5",
                ",\"version\":\"0A1B2C3D4E5F\"",
                ",\"version\":\"0a1b\"",
                ",\"version\":12",
                ",\"width\":0",
                ",\"width\":-8",
                ",\"width\":4097",
                ",\"width\":32.5",
                ",\"width\":\"32\"",
                ",\"width\":true",
                ",\"width\":\"\"",
                ",\"width\":[32]",
                ",\"width\":{}",
                ",\"width\":99999999999999999999",
                ",\"height\":0",
                ",\"height\":4097",
                ",\"steps\":0",
                ",\"steps\":1001",
                ",\"steps\":2.5",
                ",\"sampler\":\"DDIM\"",
                ",\"sampler\":\"\"",
                ",\"sampler\":0",
                ",\"sampler\":[]",
                ",\"guidanceScale\":0.99",
                ",\"guidanceScale\":50.001",
                ",\"guidanceScale\":-1",
                ",\"guidanceScale\":\"7\"",
                ",\"guidanceScale\":true",
                ",\"guidanceScale\":1e400",
                ",\"seed\":-1",
                ",\"seed\":9007199254740976",
                ",\"seed\":1.5",
                ",\"seed\":\"1\"",
                ",\"count\":0",
                ",\"count\":17",
                ",\"count\":false",
                ",\"priority\":\"urgent\"",
                ",\"priority\":\"HIGH\"",
                ",\"priority\":1",
                ",\"deadline\":\"\"",
                ",\"deadline\":\"tomorrow\"",
                ",\"deadline\":1769860800",
                ",\"deadline\":\"2026-01-31\"",
                ",\"deadline\":\"2026-01-31T12:00:00\"",
                ",\"deadline\":\"2026-01-31T12:00:00+01:00\"",
            })
    void schemaAndDecoderRefuse(String fields) {
        agree(JOB, bytes("{" + BASE + fields + "}"), false);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "[]",
                "5",
                "\"text\"",
                "{\"prompt\":\"x\"}",
                "{" + "\"id\":\"0b2d7c1e-3f6a-4c58-9d0e-5a1b2c3d4e5f\"" + "}",
                "{\"id\":null,\"prompt\":\"x\"}",
                "{\"id\":7,\"prompt\":\"x\"}",
                "{\"id\":\"x\",\"prompt\":\"x\"}",
                "{\"id\":\"../../etc/passwd\",\"prompt\":\"x\"}",
                "{\"id\":\"0B2D7C1E-3F6A-4C58-9D0E-5A1B2C3D4E5F\",\"prompt\":\"x\"}",
                "{\"id\":\"0b2d7c1e-3f6a-4c58-9d0e-5a1b2c3d4e5f\",\"prompt\":null}",
                "{\"id\":\"0b2d7c1e-3f6a-4c58-9d0e-5a1b2c3d4e5f\",\"prompt\":5}",
                "{\"id\":\"0b2d7c1e-3f6a-4c58-9d0e-5a1b2c3d4e5f\",\"prompt\":\"\\u0000\"}",
                "{\"id\":\"0b2d7c1e-3f6a-4c58-9d0e-5a1b2c3d4e5f\",\"prompt\":\"\\ud83d\"}",
            })
    void schemaAndDecoderRefuseDocuments(String document) {
        agree(JOB, bytes(document), false);
    }

    @Test
    void promptsAreCountedInCodePointsByBoth() {
        String emoji = "\ud83d\udc5f";
        int most = GenerationRequest.MAX_PROMPT;
        agree(JOB, prompt("x".repeat(most)), true);
        agree(JOB, prompt("x".repeat(most + 1)), false);
        agree(JOB, prompt(emoji.repeat(most)), true);
        agree(JOB, prompt(emoji.repeat(most + 1)), false);
        agree(JOB, prompt("x".repeat(100_000)), false);
    }

    /** The one difference, which the schema's text tells: JSON Schema calls 8.0 an integer. */
    @ParameterizedTest
    @ValueSource(strings = {"8.0", "8e0", "80e-1"})
    void decoderWantsWholeNumbersWrittenAsSuch(String number) {
        byte[] job = bytes("{" + BASE + ",\"width\":" + number + "}");
        assertThat(JOB.errors(job)).isEmpty();
        assertThat(refusal(job)).get().asString().contains("width must be a whole number");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"type\":\"unheard-of\"}",
                "{\"type\":\"progress\"}",
                "{\"type\":\"progress\",\"jobId\":\"x\",\"at\":\"2026-01-31T12:00:00Z\",\"attempt\":1,\"step\":1,\"steps\":2}",
                "{\"type\":\"progress\",\"jobId\":\"0b2d7c1e-3f6a-4c58-9d0e-5a1b2c3d4e5f\",\"at\":\"noon\",\"attempt\":1,\"step\":1,\"steps\":2}",
                "{\"type\":\"progress\",\"jobId\":\"0b2d7c1e-3f6a-4c58-9d0e-5a1b2c3d4e5f\",\"at\":\"2026-01-31T12:00:00Z\",\"attempt\":1.5,\"step\":1,\"steps\":2}",
                "{\"type\":\"progress\",\"jobId\":\"0b2d7c1e-3f6a-4c58-9d0e-5a1b2c3d4e5f\",\"at\":\"2026-01-31T12:00:00Z\",\"attempt\":1,\"steps\":2}",
                "{\"type\":\"progress\",\"at\":\"2026-01-31T12:00:00Z\",\"attempt\":1,\"step\":1,\"steps\":2}",
                "{\"type\":\"succeeded\",\"jobId\":\"0b2d7c1e-3f6a-4c58-9d0e-5a1b2c3d4e5f\",\"at\":\"2026-01-31T12:00:00Z\",\"attempt\":1,\"images\":1,\"result\":\"\"}",
                "{\"type\":\"accepted\",\"jobId\":\"0b2d7c1e-3f6a-4c58-9d0e-5a1b2c3d4e5f\",\"at\":\"2026-01-31T12:00:00Z\",\"job\":{}}",
            })
    void schemaAndReaderRefuseEvents(String document) {
        assertThat(EVENT.errors(bytes(document))).isNotEmpty();
        assertThat(catchRefusal(() -> Json.readTolerant(bytes(document), JobEvent.class)))
                .isPresent();
    }

    @Test
    void readersPassOverFieldsOfLaterVersions() {
        byte[] event =
                bytes(
                        "{\"type\":\"progress\",\"jobId\":\""
                                + Samples.ID
                                + "\",\"at\":\"2026-01-31T12:00:00Z\",\"attempt\":1,\"step\":1,"
                                + "\"steps\":2,\"later\":{}}");
        assertThat(EVENT.errors(event)).isEmpty();
        assertThat(Json.readTolerant(event, JobEvent.class).type()).isEqualTo("progress");
    }

    @Test
    void boundsAndNamesAreThoseOfTheCode() {
        JsonNode job = JOB.tree().get("properties");
        assertThat(job.at("/prompt/maxLength").intValue()).isEqualTo(GenerationRequest.MAX_PROMPT);
        assertThat(job.at("/steps/maximum").intValue()).isEqualTo(GenerationRequest.MAX_STEPS);
        assertThat(job.at("/count/maximum").intValue()).isEqualTo(GenerationRequest.MAX_COUNT);
        assertThat(job.at("/seed/maximum").longValue()).isEqualTo(GenerationRequest.MAX_SEED);
        assertThat(job.at("/width/maximum").intValue()).isEqualTo(GenerationRequest.MAX_SIDE);
        assertThat(job.at("/guidanceScale/maximum").doubleValue())
                .isEqualTo(GenerationRequest.MAX_GUIDANCE);
        assertThat(JOB.tree().get("description").textValue())
                .contains(String.valueOf(JobRecord.MAX_BYTES));
        assertThat(texts(job.at("/sampler/enum")))
                .containsExactlyElementsOf(
                        Arrays.stream(SamplerName.values()).map(SamplerName::wireName).toList());
        assertThat(texts(EVENT.tree().at("/$defs/failed/properties/code/enum")))
                .containsExactlyElementsOf(
                        Arrays.stream(ErrorCode.values()).map(ErrorCode::name).toList());
        assertThat(job.fieldNames())
                .toIterable()
                .containsExactlyInAnyOrderElementsOf(
                        () ->
                                Json.tree(
                                                JobRecord.encode(
                                                        Samples.job(Optional.of(Samples.VERSION))))
                                        .fieldNames());
    }

    private static List<String> texts(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .filter(JsonNode::isTextual)
                .map(JsonNode::textValue)
                .toList();
    }

    private static void agree(SchemaFile schema, byte[] job, boolean good) {
        List<String> errors = schema.errors(job);
        Optional<String> refusal = refusal(job);
        if (good) {
            assertThat(errors).isEmpty();
            assertThat(refusal).isEmpty();
        } else {
            assertThat(errors).isNotEmpty();
            assertThat(refusal).isPresent();
        }
    }

    private static Optional<String> refusal(byte[] job) {
        return catchRefusal(() -> JobRecord.decode(job));
    }

    private static Optional<String> catchRefusal(Runnable reading) {
        try {
            reading.run();
            return Optional.empty();
        } catch (DarkroomException e) {
            return Optional.of(e.reason());
        }
    }

    private static List<byte[]> examples(JsonNode schema) {
        return StreamSupport.stream(schema.path("examples").spliterator(), false)
                .map(Json::write)
                .toList();
    }

    private static byte[] prompt(String text) {
        return bytes("{" + ID + ",\"prompt\":\"" + text + "\"}");
    }

    private static byte[] bytes(String json) {
        return json.getBytes(StandardCharsets.UTF_8);
    }
}
