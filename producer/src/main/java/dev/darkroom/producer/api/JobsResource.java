package dev.darkroom.producer.api;

import dev.darkroom.contract.access.Role;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.job.ResultManifest;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.queue.TraceContext;
import dev.darkroom.producer.status.JobDirectory;
import dev.darkroom.producer.status.JobState;
import dev.darkroom.producer.status.JobStatus;
import dev.darkroom.producer.status.Results;
import dev.darkroom.producer.submit.IdempotencyKey;
import dev.darkroom.producer.submit.JobCancellation;
import dev.darkroom.producer.submit.JobSubmission;
import dev.darkroom.producer.submit.SubmittedRequest;
import io.smallrye.common.annotation.Blocking;
import io.smallrye.mutiny.Multi;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Jobs: asked for, looked at, listened to, collected. */
@Path("/v1/jobs")
@Blocking
public final class JobsResource {
    /** Longest body of a request, in bytes; the longest valid one is a quarter of that. */
    static final int MAX_BODY = 1 << 20;

    private static final int MAX_LIST = 100;
    private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]{0,3}");

    private final JobSubmission submission;
    private final JobCancellation cancellation;
    private final JobDirectory directory;
    private final VisibleJobs jobs;
    private final Results results;
    private final EventStreams streams;

    JobsResource(
            JobSubmission submission,
            JobCancellation cancellation,
            JobDirectory directory,
            VisibleJobs jobs,
            Results results,
            EventStreams streams) {
        this.submission = submission;
        this.cancellation = cancellation;
        this.directory = directory;
        this.jobs = jobs;
        this.results = results;
        this.streams = streams;
    }

    record JobList(List<JobView> jobs) {}

    @POST
    @Requires(Role.SUBMIT)
    @Consumes(MediaType.APPLICATION_JSON)
    @Produces(MediaType.APPLICATION_JSON)
    public Response submit(
            InputStream body,
            @HeaderParam("traceparent") String traceparent,
            @HeaderParam("Idempotency-Key") String idempotencyKey,
            @Context RoutingContext http)
            throws IOException {
        SubmittedRequest request = RequestBody.read(read(body)).with(Caller.of(http)::own);
        JobEvent.Accepted accepted =
                submission.submit(
                        request,
                        Optional.ofNullable(idempotencyKey).map(IdempotencyKey::parse),
                        TraceContext.of(traceparent));
        JobState state = JobState.of(accepted);
        return Response.accepted(
                        Json.write(JobView.of(state, Optional.empty(), directory.place(state))))
                .location(URI.create(JobLinks.self(accepted.jobId())))
                .build();
    }

    @GET
    @Requires(Role.READ)
    @Produces(MediaType.APPLICATION_JSON)
    public Response list(
            @QueryParam("limit") @DefaultValue("20") String limit, @Context RoutingContext http) {
        if (!NUMBER.matcher(limit).matches() || Integer.parseInt(limit) > MAX_LIST) {
            throw new DarkroomException(ErrorCode.INVALID_REQUEST, "limit must be 1.." + MAX_LIST);
        }
        Caller caller = Caller.of(http);
        List<JobView> jobs =
                directory
                        .latest(Integer.parseInt(limit), state -> caller.sees(state.tenant()))
                        .stream()
                        .map(state -> JobView.of(state, Optional.empty(), Optional.empty()))
                        .toList();
        return fresh(Json.write(new JobList(jobs)));
    }

    @GET
    @Requires(Role.READ)
    @Path("{id}")
    @Produces(MediaType.APPLICATION_JSON)
    public Response get(@PathParam("id") String id, @Context RoutingContext http) {
        JobState state = jobs.require(id, http);
        return fresh(Json.write(JobView.of(state, result(state), directory.place(state))));
    }

    /** Takes the job back; answered when it is certain that it gets no result. */
    @DELETE
    @Requires(Role.SUBMIT)
    @Path("{id}")
    @Produces(MediaType.APPLICATION_JSON)
    public Response cancel(@PathParam("id") String id, @Context RoutingContext http) {
        JobState cancelled = cancellation.cancel(jobs.require(id, http).id());
        return fresh(Json.write(JobView.of(cancelled, Optional.empty(), Optional.empty())));
    }

    /** Server-sent events: the history first, then what happens, to the final event. */
    @GET
    @Requires(Role.READ)
    @Path("{id}/events")
    @Produces(MediaType.SERVER_SENT_EVENTS)
    public Multi<OutboundSseEvent> events(
            @PathParam("id") String id,
            @HeaderParam("Last-Event-ID") String lastEventId,
            @Context Sse sse,
            @Context RoutingContext http) {
        JobState state = jobs.require(id, http);
        long last = EventStreams.position(Optional.ofNullable(lastEventId), state);
        if (state.end().isPresent() && last == state.history().last()) {
            // What keeps browsers from asking again for ever.
            throw new WebApplicationException(Response.noContent().build());
        }
        return streams.open(state, last, sse);
    }

    private Optional<ResultManifest> result(JobState state) {
        return state.status() == JobStatus.SUCCEEDED ? results.find(state.id()) : Optional.empty();
    }

    static byte[] read(InputStream body) throws IOException {
        byte[] read = body.readNBytes(MAX_BODY + 1);
        if (read.length > MAX_BODY) {
            throw new WebApplicationException(Response.Status.REQUEST_ENTITY_TOO_LARGE);
        }
        return read;
    }

    private static Response fresh(byte[] json) {
        return Response.ok(json).header(HttpHeaders.CACHE_CONTROL, "no-store").build();
    }
}
