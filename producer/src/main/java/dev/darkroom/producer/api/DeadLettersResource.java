package dev.darkroom.producer.api;

import dev.darkroom.contract.access.Role;
import dev.darkroom.contract.error.Bounds;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.json.Json;
import dev.darkroom.producer.dead.DeadLetterBoard;
import dev.darkroom.producer.dead.DeadLetterDesk;
import dev.darkroom.producer.dead.DeadLetterStatus;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Jobs that were given up on: looked at, put on the queue again, dropped. */
@Path("/v1/dead")
@Blocking
public final class DeadLettersResource {
    private static final int MAX_LIST = 1000;

    /** Letters of one request, so that it is answered in some seconds. */
    private static final int MAX_CHANGED = 100;

    private final DeadLetterBoard board;
    private final DeadLetterDesk desk;

    DeadLettersResource(DeadLetterBoard board, DeadLetterDesk desk) {
        this.board = board;
        this.desk = desk;
    }

    /**
     * @param total of those that were asked for, listed or not
     */
    record Listing(int total, List<DeadLetterView> letters) {}

    record ChangeBody(List<String> ids) {
        ChangeBody {
            Bounds.require("ids", ids.size(), 1, MAX_CHANGED);
            ids = List.copyOf(ids);
        }
    }

    record Changed(List<DeadLetterDesk.Outcome> letters) {}

    /**
     * @param all also those that were redriven or dropped
     */
    @GET
    @Requires(Role.ADMIN)
    @Produces(MediaType.APPLICATION_JSON)
    public Response list(
            @QueryParam("limit") @DefaultValue("100") String limit,
            @QueryParam("all") @DefaultValue("false") boolean all) {
        int most = parse(limit);
        List<DeadLetterStatus> found = new ArrayList<>(board.latest());
        found.removeIf(status -> !all && !status.isOpen());
        return fresh(
                new Listing(
                        found.size(),
                        found.stream().limit(most).map(DeadLetterView::brief).toList()));
    }

    @GET
    @Requires(Role.ADMIN)
    @Path("{id}")
    @Produces(MediaType.APPLICATION_JSON)
    public Response get(@PathParam("id") String id) {
        return fresh(DeadLetterView.whole(board.require(id)));
    }

    @POST
    @Requires(Role.ADMIN)
    @Path("redrive")
    @Consumes(MediaType.APPLICATION_JSON)
    @Produces(MediaType.APPLICATION_JSON)
    public Response redrive(InputStream body) throws IOException {
        return change(body, desk::redrive);
    }

    @POST
    @Requires(Role.ADMIN)
    @Path("drop")
    @Consumes(MediaType.APPLICATION_JSON)
    @Produces(MediaType.APPLICATION_JSON)
    public Response drop(InputStream body) throws IOException {
        return change(body, desk::drop);
    }

    private static Response change(
            InputStream body, Function<List<String>, List<DeadLetterDesk.Outcome>> change)
            throws IOException {
        ChangeBody wanted = Json.read(JobsResource.read(body), ChangeBody.class);
        return fresh(new Changed(change.apply(wanted.ids())));
    }

    private static int parse(String limit) {
        try {
            int most = Integer.parseInt(limit);
            Bounds.require("limit", most, 1, MAX_LIST);
            return most;
        } catch (NumberFormatException e) {
            throw new DarkroomException(
                    ErrorCode.INVALID_REQUEST, "limit must be 1.." + MAX_LIST, e);
        }
    }

    private static Response fresh(Object answer) {
        return Response.ok(Json.write(answer))
                .header(HttpHeaders.CACHE_CONTROL, "no-store")
                .build();
    }
}
