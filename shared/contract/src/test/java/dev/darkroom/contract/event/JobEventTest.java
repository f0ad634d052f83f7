package dev.darkroom.contract.event;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.checkpoint.Promotion;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.job.ResultManifest;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.schema.Samples;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class JobEventTest {
    static Stream<JobEvent> events() {
        return Samples.events().stream();
    }

    @ParameterizedTest
    @MethodSource("events")
    void readsBackWhatItWrote(JobEvent event) {
        byte[] json = Json.write(event);

        assertThat(Json.read(json, JobEvent.class)).isEqualTo(event);
        assertThat(Json.tree(json).get("type").textValue()).isEqualTo(event.type());
        assertThat(Json.tree(json).has("final")).isFalse();
    }

    @Test
    void everyTypeHasASample() {
        assertThat(events().map(JobEvent::getClass).distinct())
                .hasSameSizeAs(JobEvent.class.getPermittedSubclasses());
    }

    @Test
    void onlyTheFourEndsAreFinal() {
        assertThat(events().filter(JobEvent::isFinal).map(JobEvent::type))
                .containsExactly("succeeded", "failed", "cancelled", "expired");
    }

    @Test
    void failuresOfALaterVersionAreFailures() {
        String json =
                "{\"type\":\"failed\",\"jobId\":\"%s\",\"at\":\"2026-01-31T12:00:00Z\",\"attempt\":1,"
                        + "\"code\":\"NOT_INVENTED_YET\",\"message\":\"x\",\"more\":5}";
        JobEvent event =
                Json.readTolerant(
                        json.formatted(Samples.ID).getBytes(StandardCharsets.UTF_8),
                        JobEvent.class);

        assertThat(event)
                .isInstanceOfSatisfying(
                        JobEvent.Failed.class,
                        failed -> assertThat(failed.code()).isEqualTo(ErrorCode.INTERNAL));
    }

    @Test
    void manifestsAndPromotionsReadBack() {
        assertThat(Json.read(Json.writePretty(Samples.manifest()), ResultManifest.class))
                .isEqualTo(Samples.manifest());
        assertThat(Json.read(Json.write(Samples.promotion()), Promotion.class))
                .isEqualTo(Samples.promotion());
    }
}
