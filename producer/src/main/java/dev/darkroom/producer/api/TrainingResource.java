package dev.darkroom.producer.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.contract.access.Role;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.training.TrainingId;
import dev.darkroom.contract.training.TrainingRequest;
import dev.darkroom.producer.submit.TrainingSubmission;
import dev.darkroom.producer.training.TrainingBoard;
import dev.darkroom.producer.training.TrainingStatus;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.List;

/** Trainings: asked for and looked at. */
@Path("/v1/training")
@Blocking
public final class TrainingResource {
    private static final int LISTED = 100;

    private final TrainingSubmission submission;
    private final TrainingBoard board;

    TrainingResource(TrainingSubmission submission, TrainingBoard board) {
        this.submission = submission;
        this.board = board;
    }

    record TrainingList(List<TrainingStatus> trainings) {}

    record Accepted(TrainingId id, String status, TrainingRequest request) {}

    /** The body is a request, whose id may be left out; with one that is known it runs once. */
    @POST
    @Requires(Role.ADMIN)
    @Consumes(MediaType.APPLICATION_JSON)
    @Produces(MediaType.APPLICATION_JSON)
    public Response submit(InputStream body) throws IOException {
        JsonNode tree = Json.tree(JobsResource.read(body));
        if (!(tree instanceof ObjectNode object)) {
            throw new DarkroomException(ErrorCode.MALFORMED_REQUEST, "not a JSON object");
        }
        TrainingRequest request = submission.submit(object);
        return Response.accepted(Json.write(new Accepted(request.id(), "waiting", request)))
                .location(URI.create("/v1/training/" + request.id()))
                .build();
    }

    @GET
    @Requires(Role.ADMIN)
    @Produces(MediaType.APPLICATION_JSON)
    public Response list() {
        return fresh(new TrainingList(board.latest(LISTED)));
    }

    @GET
    @Requires(Role.ADMIN)
    @Path("{id}")
    @Produces(MediaType.APPLICATION_JSON)
    public Response get(@PathParam("id") String id) {
        return fresh(board.require(new TrainingId(id)));
    }

    private static Response fresh(Object answer) {
        return Response.ok(Json.write(answer))
                .header(HttpHeaders.CACHE_CONTROL, "no-store")
                .build();
    }
}
