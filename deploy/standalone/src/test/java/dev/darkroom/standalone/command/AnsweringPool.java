package dev.darkroom.standalone.command;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A server that answers as it is told, and what commands print that ask it. */
final class AnsweringPool implements AutoCloseable {
    /** What a request gets, as JSON with single quotes. */
    @FunctionalInterface
    interface Answers {
        String to(String method, String uri, String body);
    }

    private final HttpServer server;
    private final ByteArrayOutputStream said = new ByteArrayOutputStream();

    AnsweringPool(Answers answers) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext(
                "/",
                exchange -> {
                    String body =
                            new String(
                                    exchange.getRequestBody().readAllBytes(),
                                    StandardCharsets.UTF_8);
                    byte[] json =
                            answers.to(
                                            exchange.getRequestMethod(),
                                            exchange.getRequestURI().toString(),
                                            body)
                                    .replace('\'', '"')
                                    .getBytes(StandardCharsets.UTF_8);
                    exchange.sendResponseHeaders(200, json.length);
                    exchange.getResponseBody().write(json);
                    exchange.close();
                });
        server.start();
    }

    /** The exit code of a command that is told where this server is. */
    int run(String... command) {
        List<String> line = new ArrayList<>(List.of(command));
        line.addAll(List.of("--server", "http://127.0.0.1:" + server.getAddress().getPort()));
        PrintStream stream = new PrintStream(said, true, StandardCharsets.UTF_8);
        Terminal terminal = new Terminal(stream, stream, false);
        return DarkroomCommand.commandLine(terminal, Map.of(), new Interruption(terminal))
                .execute(line.toArray(String[]::new));
    }

    /** All that commands printed. */
    String said() {
        return said.toString(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
