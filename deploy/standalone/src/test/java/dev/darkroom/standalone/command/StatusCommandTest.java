package dev.darkroom.standalone.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a person reads of a job that waits. */
class StatusCommandTest {
    private static final String ID = "0b2d7c1e-3f6a-4c58-9d0e-5a1b2c3d4e5f";

    private AnsweringPool pool;
    private String answer = "{}";

    @BeforeEach
    void serve() throws IOException {
        pool =
                new AnsweringPool(
                        (method, uri, body) -> {
                            if (!uri.equals("/v1/jobs/" + ID)) {
                                throw new IllegalStateException("nobody asks for " + uri);
                            }
                            return answer;
                        });
    }

    @AfterEach
    void stop() {
        pool.close();
    }

    @Test
    void saysItsPlaceAndAboutHowLongItWaits() {
        answer = "{'id':'" + ID + "','status':'accepted','position':4,'expectedWaitSeconds':29.7}";

        assertThat(status()).isEqualTo("accepted: number 4 in the queue, begins in about 30 s");
    }

    @Test
    void saysItsPlaceAloneWhereNobodyKnowsHowFastThePoolIs() {
        answer = "{'id':'" + ID + "','status':'accepted','position':1}";

        assertThat(status()).isEqualTo("accepted: number 1 in the queue");
    }

    private String status() {
        assertThat(pool.run("status", ID)).isEqualTo(ExitCode.OK);
        return pool.said().strip();
    }
}
