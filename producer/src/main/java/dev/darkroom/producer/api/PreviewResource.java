package dev.darkroom.producer.api;

import dev.darkroom.contract.access.Role;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.producer.status.JobState;
import io.smallrye.common.annotation.Blocking;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.regex.Pattern;

/** How far the pictures of a job are that runs. */
@Path("/v1/jobs/{id}/preview")
@Blocking
public final class PreviewResource {
    private static final int LONGEST_WAIT = 60;
    private static final Pattern SECONDS = Pattern.compile("[0-9]{1,2}");

    private final VisibleJobs jobs;
    private final JobPreviews previews;

    PreviewResource(VisibleJobs jobs, JobPreviews previews) {
        this.jobs = jobs;
        this.previews = previews;
    }

    /**
     * @param wait at most so many seconds
     */
    @GET
    @Requires(Role.READ)
    @Produces("image/png")
    public Uni<Response> preview(
            @PathParam("id") String id,
            @QueryParam("wait") @DefaultValue("20") String wait,
            @Context RoutingContext http) {
        JobState state = jobs.require(id, http);
        return previews.show(state, seconds(wait)).map(png -> answer(state, png));
    }

    private static Duration seconds(String wait) {
        if (!SECONDS.matcher(wait).matches() || Integer.parseInt(wait) > LONGEST_WAIT) {
            throw new DarkroomException(
                    ErrorCode.INVALID_REQUEST, "wait must be 0.." + LONGEST_WAIT);
        }
        return Duration.ofSeconds(Integer.parseInt(wait));
    }

    private static Response answer(JobState state, byte[] png) {
        return Response.ok(png)
                .header(HttpHeaders.CACHE_CONTROL, "no-store")
                .header(
                        HttpHeaders.CONTENT_DISPOSITION,
                        "inline; filename=\"" + state.id() + "-preview.png\"")
                .build();
    }
}
