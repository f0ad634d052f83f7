package dev.darkroom.contract.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.schema.Samples;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JobRecordTest {
    private static final String ID = "\"id\":\"0b2d7c1e-3f6a-4c58-9d0e-5a1b2c3d4e5f\"";

    @Test
    void readsBackWhatItWrote() {
        for (GenerationJob job :
                new GenerationJob[] {
                    Samples.job(Optional.empty()), Samples.job(Optional.of(Samples.VERSION))
                }) {
            JobRecord record = JobRecord.decode(JobRecord.encode(job));

            assertThat(record.id()).isEqualTo(job.id());
            assertThat(record.request()).isEqualTo(job.asRequest());
            assertThat(record.request().resolve(record.id(), job.model(), otherDefaults()))
                    .isEqualTo(job);
        }
    }

    @Test
    void leavesOpenWhatIsNotSaidOrNull() {
        GenerationRequest short1 = decode("{" + ID + ",\"prompt\":\"x\"}").request();
        GenerationRequest short2 =
                decode("{" + ID + ",\"prompt\":\"x\",\"seed\":null,\"model\":null}").request();

        assertThat(short1).isEqualTo(GenerationRequest.of("x")).isEqualTo(short2);
    }

    @Test
    void fillsInDefaultsFromTheCheckpointAndSeedFromTheId() {
        JobRecord record = decode("{" + ID + ",\"prompt\":\"x\"}");

        GenerationJob job =
                record.request().resolve(record.id(), new ModelName("m"), otherDefaults());

        assertThat(job)
                .isEqualTo(
                        new GenerationJob(
                                record.id(),
                                TenantName.DEFAULT,
                                "x",
                                "",
                                new ModelName("m"),
                                Optional.empty(),
                                64,
                                48,
                                10,
                                SamplerName.EULER,
                                3,
                                record.id().derivedSeed(),
                                1,
                                Priority.NORMAL,
                                Optional.empty()));
    }

    @Test
    void keepsItsTenantAndIsTheDefaultOnesWithoutOne() {
        JobRecord of = decode("{" + ID + ",\"prompt\":\"x\",\"tenant\":\"acme\"}");
        GenerationJob job = of.request().resolve(of.id(), new ModelName("m"), otherDefaults());
        String written = new String(JobRecord.encode(job), StandardCharsets.UTF_8);
        String earlier = written.replace("\"tenant\":\"acme\",", "");

        assertThat(job.tenant()).isEqualTo(new TenantName("acme"));
        assertThat(written).contains("\"tenant\":\"acme\"");
        assertThat(earlier).doesNotContain("tenant");
        // As jobs in events and manifests of earlier versions are.
        assertThat(
                        Json.read(earlier.getBytes(StandardCharsets.UTF_8), GenerationJob.class)
                                .tenant())
                .isEqualTo(TenantName.DEFAULT);
    }

    @Test
    void derivesSeedsThatStayTheSameAndAreSpread() {
        assertThat(Samples.ID.derivedSeed()).isEqualTo(Samples.ID.derivedSeed());
        long distinct =
                java.util.stream.LongStream.range(0, 1000)
                        .map(i -> JobId.of(new UUID(0x4000, i)).derivedSeed())
                        .peek(seed -> assertThat(seed).isBetween(0L, (1L << 32) - 1))
                        .distinct()
                        .count();
        assertThat(distinct).isEqualTo(1000);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            textBlock =
                    """
            "surplus":1              | INVALID_REQUEST   | unknown field "surplus"
            "steps":2.5              | MALFORMED_REQUEST | steps must be a whole number
            "steps":"20"             | MALFORMED_REQUEST | steps must be a whole number
            "steps":""               | MALFORMED_REQUEST | steps must be a whole number
            "steps":true             | MALFORMED_REQUEST | steps must be a whole number
            "steps":[20]             | MALFORMED_REQUEST | steps must be a whole number
            "steps":99999999999      | MALFORMED_REQUEST | steps must be a whole number
            "seed":1e30              | MALFORMED_REQUEST | seed must be a whole number
            "guidanceScale":"7"      | MALFORMED_REQUEST | guidanceScale must be a number
            "guidanceScale":NaN      | MALFORMED_REQUEST | not valid JSON at line 1
            "guidanceScale":51       | INVALID_REQUEST   | guidanceScale is 51.0, must be 1..50
            "negativePrompt":5       | MALFORMED_REQUEST | negativePrompt must be a string
            "negativePrompt":{}      | MALFORMED_REQUEST | negativePrompt must be a string
            "tenant":5               | MALFORMED_REQUEST | tenant must be a string
            "tenant":"Acme"          | INVALID_REQUEST   | tenant must be 1..64 of
            "model":5                | MALFORMED_REQUEST | model must be a string
            "model":{"value":"m"}    | MALFORMED_REQUEST | model must be a string
            "model":"A"              | INVALID_REQUEST   | model name must be 1..64 of
            "version":"latest"       | INVALID_REQUEST   | checkpoint version must be 12 hex
            "sampler":1              | INVALID_REQUEST   | sampler is "1", must be one of
            "sampler":"lms"          | INVALID_REQUEST   | must be one of ddim, euler, dpmpp_2m_karras
            "steps":-1               | INVALID_REQUEST   | steps is -1, must be 1..1000
            "priority":"urgent"      | INVALID_REQUEST   | must be one of high, normal, low
            "priority":2             | MALFORMED_REQUEST | priority must be
            "count":17               | INVALID_REQUEST   | count is 17, must be 1..16
            "width":4097             | INVALID_REQUEST   | width is 4097, must be 1..4096
            "height":0               | INVALID_REQUEST   | height is 0, must be 1..4096
            "seed":-1                | INVALID_REQUEST   | seed is -1, must be 0..9007199254740975
            "steps":1,"steps":2      | MALFORMED_REQUEST | Duplicate field 'steps'
            """)
    void saysWhatIsWrongWithAField(String field, ErrorCode code, String words) {
        DarkroomException refusal = refusal("{" + ID + ",\"prompt\":\"x\"," + field + "}");

        assertThat(refusal.code()).isEqualTo(code);
        assertReadable(refusal, words);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            textBlock =
                    """
            ''                                  | MALFORMED_REQUEST | the document is empty
            null                                | MALFORMED_REQUEST | not a JSON object
            []                                  | MALFORMED_REQUEST | not a JSON object
            {                                   | MALFORMED_REQUEST | not valid JSON at line 1
            not json                            | MALFORMED_REQUEST | not valid JSON at line 1
            {"prompt":"x"}                      | INVALID_REQUEST   | id is missing
            {"id":7,"prompt":"x"}               | MALFORMED_REQUEST | id must be a string
            {"id":"X","prompt":"x"}             | INVALID_REQUEST   | job id must be a UUID
            """)
    void saysWhatIsWrongWithTheRecord(String record, ErrorCode code, String words) {
        DarkroomException refusal = refusal(record);

        assertThat(refusal.code()).isEqualTo(code);
        assertReadable(refusal, words);
    }

    @Test
    void refusesWhatFollowsTheObject() {
        assertReadable(refusal("{" + ID + ",\"prompt\":\"x\"} true"), "not valid JSON");
        assertReadable(refusal("{" + ID + ",\"prompt\":\"x\"}{}"), "not valid JSON");
    }

    @Test
    void refusesAMissingPrompt() {
        assertReadable(refusal("{" + ID + "}"), "prompt is missing");
        assertReadable(refusal("{" + ID + ",\"prompt\":null}"), "prompt is missing");
        assertThat(refusal("{" + ID + "}").code()).isEqualTo(ErrorCode.INVALID_REQUEST);
    }

    @Test
    void refusesDeepNesting() {
        int depth = 100_000;
        String deep = "[".repeat(depth) + "]".repeat(depth);
        assertReadable(refusal("{" + ID + ",\"prompt\":" + deep + "}"), "nesting depth");
    }

    @Test
    void refusesRecordsOverTheLimitAndTakesOnesAtIt() {
        String record = "{" + ID + ",\"prompt\":\"x\"}";
        byte[] most = (record + " ".repeat(JobRecord.MAX_BYTES - record.length())).getBytes(UTF_8);
        assertThat(JobRecord.decode(most).request().prompt()).isEqualTo("x");

        String over = record + " ".repeat(JobRecord.MAX_BYTES - record.length() + 1);
        assertReadable(refusal(over), "record has 262145 bytes, at most 262144");
    }

    @Test
    void anEncodedJobIsNeverOverTheLimit() {
        String worst = "\u0001".repeat(GenerationRequest.MAX_PROMPT);
        GenerationRequest request =
                decode(
                                "{"
                                        + ID
                                        + ",\"prompt\":\""
                                        + "\\u0001".repeat(GenerationRequest.MAX_PROMPT)
                                        + "\",\"negativePrompt\":\""
                                        + "\\u0001".repeat(GenerationRequest.MAX_PROMPT)
                                        + "\"}")
                        .request();
        GenerationJob job = request.resolve(Samples.ID, Samples.MODEL, otherDefaults());

        assertThat(job.prompt()).isEqualTo(worst);
        assertThat(JobRecord.decode(JobRecord.encode(job)).request().prompt()).isEqualTo(worst);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\\ud83d", "\\udc5f", "\\udc5f\\ud83d", "a\\ud83db"})
    void refusesHalvesOfSurrogatePairs(String text) {
        assertReadable(
                refusal("{" + ID + ",\"prompt\":\"" + text + "\"}"), "half a surrogate pair");
    }

    @Test
    void refusesBytesThatAreNotUtf8() {
        byte[] record = ("{" + ID + ",\"prompt\":\"?\"}").getBytes(UTF_8);
        record[record.length - 3] = (byte) 0xff;
        assertThat(
                        catchThrowableOfType(
                                        DarkroomException.class, () -> JobRecord.decode(record))
                                .code())
                .isEqualTo(ErrorCode.MALFORMED_REQUEST);
    }

    @Test
    void refusesNulWithItsPlace() {
        assertReadable(
                refusal("{" + ID + ",\"prompt\":\"ab\\u0000\"}"),
                "prompt contains the character U+0000 at position 2");
    }

    @Test
    void countsCodePoints() {
        String emoji = "\ud83d\udc5f";
        assertThat(
                        decode("{" + ID + ",\"prompt\":\"" + emoji.repeat(10_000) + "\"}")
                                .request()
                                .prompt())
                .hasSize(20_000);
        assertReadable(
                refusal("{" + ID + ",\"prompt\":\"" + emoji.repeat(10_001) + "\"}"),
                "prompt has 10001 characters, at most 10000");
        assertReadable(
                refusal("{" + ID + ",\"prompt\":\"" + "x".repeat(100_000) + "\"}"),
                "prompt has 100000 characters, at most 10000");
    }

    @Test
    void clipsLongNamesOfUnknownFields() {
        assertThat(
                        refusal("{" + ID + ",\"prompt\":\"x\",\"" + "y".repeat(40_000) + "\":1}")
                                .reason())
                .startsWith("unknown field \"yyy")
                .hasSizeLessThan(400);
    }

    @Test
    void refusesSizesThatTheModelCannotMake() {
        assertThat(resolveSize(60, 64).code()).isEqualTo(ErrorCode.UNSUPPORTED_SIZE);
        assertReadable(resolveSize(60, 64), "multiples of 8");
        assertReadable(resolveSize(4096, 4096), "at most 12288 pixels");
    }

    @Test
    void refusesSizesWhoseAttentionWouldNotFit() {
        // 8 heads over (1024 / 8)^2 tokens: 17 GB of scores; over (768 / 8)^2: 5.4 GB.
        CheckpointConfiguration large =
                new CheckpointConfiguration(
                        new CheckpointConfiguration.Tokenizer(77, "<b>", "<e>", "<e>", "<e>"),
                        Map.of(),
                        4,
                        8,
                        0.18215,
                        768,
                        8,
                        1,
                        Map.of(),
                        new CheckpointConfiguration.Defaults(512, 512, 25, SamplerName.DDIM, 7.5));
        large.requireSize(768, 768);
        assertThat(large.maxPixels()).isBetween(768L * 832, 720L * 896);
        large.requireSize(768, 832);
        for (long width = 8; width <= 4096; width += 8) {
            int height = (int) (large.maxPixels() / width / 8 * 8);
            large.requireSize((int) width, height);
            assertThat(large.attentionBytes((int) width, height))
                    .isLessThanOrEqualTo(CheckpointConfiguration.MAX_ATTENTION_BYTES);
        }
        assertThat(
                        catchThrowableOfType(
                                        DarkroomException.class, () -> large.requireSize(720, 896))
                                .reason())
                .contains("at most " + large.maxPixels() + " pixels");
        DarkroomException refusal =
                catchThrowableOfType(DarkroomException.class, () -> large.requireSize(1024, 1024));
        assertThat(refusal.code()).isEqualTo(ErrorCode.UNSUPPORTED_SIZE);
        assertReadable(refusal, "attention would need 16384 MB");
    }

    private static DarkroomException resolveSize(int width, int height) {
        GenerationRequest request =
                decode(
                                "{%s,\"prompt\":\"x\",\"width\":%d,\"height\":%d}"
                                        .formatted(ID, width, height))
                        .request();
        return catchThrowableOfType(
                DarkroomException.class,
                () -> request.resolve(Samples.ID, Samples.MODEL, otherDefaults()));
    }

    private static final java.nio.charset.Charset UTF_8 = StandardCharsets.UTF_8;

    private static CheckpointConfiguration otherDefaults() {
        return new CheckpointConfiguration(
                new CheckpointConfiguration.Tokenizer(77, "<b>", "<e>", "<e>", "<e>"),
                Map.of(),
                4,
                8,
                0.18215,
                64,
                4,
                1,
                Map.of(),
                new CheckpointConfiguration.Defaults(64, 48, 10, SamplerName.EULER, 3));
    }

    private static JobRecord decode(String json) {
        return JobRecord.decode(json.getBytes(UTF_8));
    }

    private static DarkroomException refusal(String json) {
        DarkroomException refusal =
                catchThrowableOfType(DarkroomException.class, () -> decode(json));
        assertThat(refusal).as("refusal of " + (json.length() < 200 ? json : "")).isNotNull();
        return refusal;
    }

    private static void assertReadable(DarkroomException refusal, String words) {
        assertThat(refusal.reason())
                .contains(words)
                .doesNotContain("dev.darkroom", "java.", "Feature", "Constraints", "`");
    }
}
