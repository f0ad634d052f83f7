package dev.darkroom.producer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpHostTest {
    @ParameterizedTest
    @ValueSource(
            strings = {"127.0.0.1", "127.0.1.1", "localhost", "::1", "[::1]", "0:0:0:0:0:0:0:1"})
    void onLoopbackKeysMayBeMissing(String host) {
        assertThatCode(() -> HttpHost.check(host, false)).doesNotThrowAnyException();
        assertThatCode(() -> HttpHost.check(host, true)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "::",
                "192.168.1.7",
                "10.127.0.1",
                "127.0.0.1.example.org",
                "localhost.example.org",
                "fe80::1",
                ""
            })
    void elsewhereTheyMayNot(String host) {
        DarkroomException refusal =
                catchThrowableOfType(DarkroomException.class, () -> HttpHost.check(host, false));

        assertThat(refusal.code()).isEqualTo(ErrorCode.MISCONFIGURED);
        assertThat(refusal.reason())
                .contains("quarkus.http.host is " + host, "darkroom keys create", "127.0.0.1");
        assertThatCode(() -> HttpHost.check(host, true)).doesNotThrowAnyException();
    }
}
