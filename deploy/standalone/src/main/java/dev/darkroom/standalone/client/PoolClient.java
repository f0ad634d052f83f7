package dev.darkroom.standalone.client;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.contract.access.ApiKeyId;
import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.training.TrainingId;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A pool, through its HTTP API. Refusals are {@link DarkroomException}s with the code that the
 * server gave; {@link PoolUnreachableException} where it does not answer.
 */
public final class PoolClient {
    private static final Set<String> FINAL = Set.of("succeeded", "failed", "cancelled", "expired");
    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration ANSWER = Duration.ofSeconds(60);
    private static final Duration HEALTH = Duration.ofSeconds(3);

    private final URI server;
    private final Optional<String> apiKey;
    private final HttpClient http;

    /**
     * @param server as in {@code http://127.0.0.1:8080}
     * @param apiKey sent with every request
     */
    public PoolClient(URI server, Optional<String> apiKey) {
        this.apiKey = apiKey;
        String text = server.toString();
        this.server = URI.create(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
        this.http =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .connectTimeout(CONNECT)
                        .build();
    }

    public URI server() {
        return server;
    }

    /** Whether a pool answers there, ready for jobs or not yet. */
    public boolean isUp() {
        try {
            int status =
                    http.send(
                                    request("/q/health").timeout(HEALTH).build(),
                                    HttpResponse.BodyHandlers.discarding())
                            .statusCode();
            return status == 200 || status == 503;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** As the other, with no idempotency key. */
    public JsonNode submit(byte[] request) throws PoolUnreachableException {
        return submit(request, Optional.empty());
    }

    /**
     * Submits a request.
     *
     * @param request a {@code GenerationRequest} as JSON
     * @param idempotencyKey the same key and request give the same job
     * @return the server's answer: id, status, seed, links, job
     */
    public JsonNode submit(byte[] request, Optional<String> idempotencyKey)
            throws PoolUnreachableException {
        HttpRequest.Builder post = postOf("/v1/jobs", request);
        idempotencyKey.ifPresent(key -> post.header("Idempotency-Key", quoted(key)));
        return Json.tree(bytes(post.build()));
    }

    /** As a string of RFC 9651. */
    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    /** What the pool knows of a job. */
    public JsonNode status(JobId job) throws PoolUnreachableException {
        return get("/v1/jobs/" + job);
    }

    /**
     * Takes a job back.
     *
     * @return what the pool then says of it
     * @throws DarkroomException {@link ErrorCode#JOB_ENDED} where it is too late
     */
    public JsonNode cancel(JobId job) throws PoolUnreachableException {
        return Json.tree(bytes(request("/v1/jobs/" + job).timeout(ANSWER).DELETE().build()));
    }

    /** The models that the pool serves. */
    public JsonNode models() throws PoolUnreachableException {
        return get("/v1/models");
    }

    /** The versions of a model. */
    public JsonNode checkpoints(ModelName model) throws PoolUnreachableException {
        return get(model(model) + "/checkpoints");
    }

    /** One version of a model: manifest, configuration, where it comes from. */
    public JsonNode checkpoint(CheckpointId checkpoint) throws PoolUnreachableException {
        return get(model(checkpoint.model()) + "/checkpoints/" + checkpoint.version());
    }

    /**
     * Promotes, rolls back or prunes.
     *
     * @param verb as in {@code promote}
     */
    public JsonNode change(ModelName model, String verb, Map<String, ?> body)
            throws PoolUnreachableException {
        return post(model(model) + "/" + verb, Json.write(body));
    }

    /**
     * Dead letters, the latest first.
     *
     * @param all also those that were redriven or dropped
     */
    public JsonNode deadLetters(int limit, boolean all) throws PoolUnreachableException {
        return get("/v1/dead?limit=" + limit + "&all=" + all);
    }

    /** A dead letter with all that is known of it. */
    public JsonNode deadLetter(String id) throws PoolUnreachableException {
        return get("/v1/dead/" + URLEncoder.encode(id, StandardCharsets.UTF_8));
    }

    /**
     * Redrives or drops dead letters.
     *
     * @param verb {@code redrive} or {@code drop}
     */
    public JsonNode changeDeadLetters(String verb, List<String> ids)
            throws PoolUnreachableException {
        return post("/v1/dead/" + verb, Json.write(Map.of("ids", ids)));
    }

    /**
     * Asks for a training.
     *
     * @param request a {@code TrainingRequest} as JSON, with or without id
     */
    public JsonNode train(byte[] request) throws PoolUnreachableException {
        return post("/v1/training", request);
    }

    /** How far a training is. */
    public JsonNode training(TrainingId training) throws PoolUnreachableException {
        return get("/v1/training/" + training);
    }

    /** The pool's API keys, without their secrets. */
    public JsonNode keys() throws PoolUnreachableException {
        return get("/v1/keys");
    }

    /**
     * Makes an API key.
     *
     * @param request tenant, roles and note as JSON
     * @return the key with its secret
     */
    public JsonNode createKey(byte[] request) throws PoolUnreachableException {
        return post("/v1/keys", request);
    }

    public void revokeKey(ApiKeyId key) throws PoolUnreachableException {
        bytes(request("/v1/keys/" + key).timeout(ANSWER).DELETE().build());
    }

    private static String model(ModelName model) {
        return "/v1/models/" + model;
    }

    private JsonNode get(String path) throws PoolUnreachableException {
        return Json.tree(bytes(request(path).timeout(ANSWER).build()));
    }

    private JsonNode post(String path, byte[] json) throws PoolUnreachableException {
        return Json.tree(bytes(postOf(path, json).build()));
    }

    private HttpRequest.Builder postOf(String path, byte[] json) {
        return request(path)
                .header("Content-Type", "application/json")
                .timeout(ANSWER)
                .POST(HttpRequest.BodyPublishers.ofByteArray(json));
    }

    /** Picture {@code index} of a finished job, a PNG. */
    public byte[] image(JobId job, int index) throws PoolUnreachableException {
        return bytes(request("/v1/jobs/" + job + "/images/" + index).timeout(ANSWER).build());
    }

    /**
     * How far a running job's pictures are, a PNG; waits for it.
     *
     * @throws DarkroomException {@link ErrorCode#JOB_NOT_DONE} where there is none yet, {@link
     *     ErrorCode#JOB_ENDED} where there is none any more
     */
    public byte[] preview(JobId job) throws PoolUnreachableException {
        return bytes(request("/v1/jobs/" + job + "/preview").timeout(ANSWER).build());
    }

    /**
     * Hands on the job's events, as JSON, until the final one or until the server ends the stream.
     *
     * @return the final event, or nothing where the stream ended before it
     */
    public Optional<JsonNode> follow(JobId job, Consumer<JsonNode> listener)
            throws PoolUnreachableException {
        HttpResponse<InputStream> response =
                send(
                        request("/v1/jobs/" + job + "/events")
                                .header("Accept", "text/event-stream")
                                .build());
        try (BufferedReader lines =
                new BufferedReader(
                        new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            requireSuccess(response.statusCode(), response.body());
            for (Optional<ServerSentEvent> event = ServerSentEvent.read(lines);
                    event.isPresent();
                    event = ServerSentEvent.read(lines)) {
                JsonNode data =
                        Json.tree(event.orElseThrow().data().getBytes(StandardCharsets.UTF_8));
                listener.accept(data);
                String type = data.path("type").asText(event.orElseThrow().type());
                if (FINAL.contains(type)) {
                    return Optional.of(data);
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            throw new PoolUnreachableException(server, e);
        }
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server + path));
        apiKey.ifPresent(key -> request.header("Authorization", "Bearer " + key));
        return request;
    }

    private byte[] bytes(HttpRequest request) throws PoolUnreachableException {
        HttpResponse<InputStream> response = send(request);
        try (InputStream body = response.body()) {
            requireSuccess(response.statusCode(), body);
            return body.readAllBytes();
        } catch (IOException e) {
            throw new PoolUnreachableException(server, e);
        }
    }

    private HttpResponse<InputStream> send(HttpRequest request) throws PoolUnreachableException {
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofInputStream());
        } catch (IOException e) {
            throw new PoolUnreachableException(server, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DarkroomException(ErrorCode.NOT_READY, "interrupted", e);
        }
    }

    private void requireSuccess(int status, InputStream body) throws IOException {
        if (status / 100 == 2) {
            return;
        }
        byte[] text = body.readAllBytes();
        String detail;
        ErrorCode code = status == 503 ? ErrorCode.NOT_READY : ErrorCode.INTERNAL;
        try {
            JsonNode problem = Json.tree(text);
            detail = problem.path("detail").asText(problem.path("title").asText());
            code = codeNamed(problem.path("code").asText(), code);
        } catch (DarkroomException e) {
            detail = "";
        }
        throw new DarkroomException(
                code, detail.isBlank() ? server + " answers with status " + status : detail);
    }

    private static ErrorCode codeNamed(String name, ErrorCode otherwise) {
        for (ErrorCode code : ErrorCode.values()) {
            if (code.name().equals(name)) {
                return code;
            }
        }
        return otherwise;
    }
}
