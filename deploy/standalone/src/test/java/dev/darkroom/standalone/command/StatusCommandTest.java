package dev.darkroom.standalone.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a person reads of a job that waits. */
class StatusCommandTest {
    private static final String ID = "0b2d7c1e-3f6a-4c58-9d0e-5a1b2c3d4e5f";

    private HttpServer pool;
    private String answer = "{}";

    @BeforeEach
    void serve() throws IOException {
        pool = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        pool.createContext(
                "/v1/jobs/" + ID,
                exchange -> {
                    byte[] json = answer.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
                    exchange.sendResponseHeaders(200, json.length);
                    exchange.getResponseBody().write(json);
                    exchange.close();
                });
        pool.start();
    }

    @AfterEach
    void stop() {
        pool.stop(0);
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
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(said, true, StandardCharsets.UTF_8);
        Terminal terminal = new Terminal(stream, stream, false);
        int code =
                DarkroomCommand.commandLine(terminal, Map.of(), new Interruption(terminal))
                        .execute(
                                "status",
                                ID,
                                "--server",
                                "http://127.0.0.1:" + pool.getAddress().getPort());
        assertThat(code).isEqualTo(ExitCode.OK);
        return said.toString(StandardCharsets.UTF_8).strip();
    }
}
