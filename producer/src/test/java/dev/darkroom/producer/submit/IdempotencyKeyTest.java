package dev.darkroom.producer.submit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.storage.ObjectKeys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IdempotencyKeyTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            textBlock =
                    """
            8e03978e-40d5-43dd | 8e03978e-40d5-43dd
            "8e03978e"         | 8e03978e
            ' "a" '            | a
            "a \\"b\\" \\\\"  | a "b" \\
            ../../etc/passwd   | ../../etc/passwd
            """)
    void isReadInQuotesAndBare(String header, String value) {
        assertThat(IdempotencyKey.parse(header).value()).isEqualTo(value);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "\"\"",
                "\"a",
                "\"",
                "\"a\"b\"",
                "\"a\\x\"",
                "a\u00e4",
                "a\nb",
                "a\u0000"
            })
    void whatIsNoKeyIsRefused(String header) {
        assertThat(refusal(header)).isEqualTo(ErrorCode.INVALID_REQUEST);
    }

    @Test
    void isBounded() {
        assertThat(IdempotencyKey.parse("x".repeat(255)).value()).hasSize(255);
        assertThat(refusal("x".repeat(256))).isEqualTo(ErrorCode.INVALID_REQUEST);
    }

    @Test
    void noCharacterOfItGetsIntoAnObjectsKey() {
        String key = ObjectKeys.submission(new TenantName("acme"), "../../etc/passwd").value();
        assertThat(key).matches("submissions/[0-9a-f]{2}/[0-9a-f]{64}\\.json");
        assertThat(ObjectKeys.submissionPieces())
                .hasSize(256)
                .doesNotHaveDuplicates()
                .anyMatch(key::startsWith);
        assertThat(ObjectKeys.submission(new TenantName("b"), "x"))
                .isNotEqualTo(ObjectKeys.submission(new TenantName("a"), "x"));
    }

    private static ErrorCode refusal(String header) {
        return catchThrowableOfType(DarkroomException.class, () -> IdempotencyKey.parse(header))
                .code();
    }
}
