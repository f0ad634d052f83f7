package dev.darkroom.producer.api;

import dev.darkroom.contract.access.Role;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.StoredImage;
import dev.darkroom.contract.json.Json;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.platform.objectstore.PresignedUrl;
import dev.darkroom.producer.status.JobState;
import dev.darkroom.producer.status.Results;
import io.smallrye.common.annotation.Blocking;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.EntityTag;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Request;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Pattern;

/** The pictures of a job that is done. */
@Path("/v1/jobs/{id}/images/{index}")
@Blocking
public final class ImagesResource {
    private static final Pattern INDEX = Pattern.compile("0|[1-9][0-9]{0,3}");

    /** Of a URL, where nobody says. */
    private static final Duration LIFETIME = Duration.ofHours(1);

    private static final Pattern SECONDS = Pattern.compile("[0-9]{1,6}");

    private final VisibleJobs jobs;
    private final Results results;

    ImagesResource(VisibleJobs jobs, Results results) {
        this.jobs = jobs;
        this.results = results;
    }

    record ImageUrl(URI url, Instant expiresAt) {}

    @GET
    @Requires(Role.READ)
    @Produces("image/png")
    public Response image(
            @PathParam("id") String id,
            @PathParam("index") String index,
            @Context Request request,
            @Context RoutingContext http) {
        JobState state = jobs.require(id, http);
        int picture = parseIndex(state, index);
        StoredImage image = requireDone(state, picture);
        EntityTag etag = new EntityTag(image.sha256());
        Response.ResponseBuilder unchanged = request.evaluatePreconditions(etag);
        if (unchanged != null) {
            return unchanged.tag(etag).build();
        }
        byte[] png = results.picture(image).orElseThrow(() -> gone(state.id(), picture));
        return Response.ok(png)
                .tag(etag)
                .header(
                        HttpHeaders.CACHE_CONTROL,
                        // What a key opens is not for caches that others share.
                        (Caller.of(http).key().isPresent() ? "private" : "public")
                                + ", max-age=31536000, immutable")
                .header(
                        HttpHeaders.CONTENT_DISPOSITION,
                        "inline; filename=\"" + state.id() + "-" + picture + ".png\"")
                .build();
    }

    /**
     * A URL of the picture in the object store, for those who have no key.
     *
     * <p>It lasts for {@code expiresIn} seconds. Not a parameter of the method: there an empty text
     * is the default, and whoever says nothing after the sign has made a mistake.
     */
    @GET
    @Requires(Role.READ)
    @Path("url")
    @Produces(MediaType.APPLICATION_JSON)
    public Response url(
            @PathParam("id") String id,
            @PathParam("index") String index,
            @Context RoutingContext http) {
        JobState state = jobs.require(id, http);
        int picture = parseIndex(state, index);
        Duration lifetime =
                Optional.ofNullable(http.request().getParam("expiresIn"))
                        .map(ImagesResource::lifetime)
                        .orElse(LIFETIME);
        PresignedUrl signed =
                results.pictureUrl(requireDone(state, picture), lifetime)
                        .orElseThrow(() -> gone(state.id(), picture));
        return Response.ok(Json.write(new ImageUrl(signed.url(), signed.expiresAt())))
                .header(HttpHeaders.CACHE_CONTROL, "no-store")
                .build();
    }

    private static Duration lifetime(String seconds) {
        long longest = ObjectStore.LONGEST_LINK.toSeconds();
        if (!SECONDS.matcher(seconds).matches()
                || Integer.parseInt(seconds) < 1
                || Integer.parseInt(seconds) > longest) {
            throw new DarkroomException(
                    ErrorCode.INVALID_REQUEST, "expiresIn must be 1.." + longest + " seconds");
        }
        return Duration.ofSeconds(Integer.parseInt(seconds));
    }

    /** A picture as the manifest names it. */
    private StoredImage requireDone(JobState state, int picture) {
        switch (state.status()) {
            case ACCEPTED, RUNNING ->
                    throw new DarkroomException(
                            ErrorCode.JOB_NOT_DONE,
                            "the job is "
                                    + state.status().wireName()
                                    + ": its pictures come later");
            case FAILED, CANCELLED, EXPIRED ->
                    throw new DarkroomException(
                            ErrorCode.UNKNOWN_JOB,
                            "the job is " + state.status().wireName() + ": it has no pictures");
            case SUCCEEDED -> {}
        }
        return results.find(state.id()).stream()
                .flatMap(manifest -> manifest.images().stream())
                .filter(image -> image.index() == picture)
                .findFirst()
                .orElseThrow(() -> gone(state.id(), picture));
    }

    private static int parseIndex(JobState state, String index) {
        if (INDEX.matcher(index).matches() && Integer.parseInt(index) < state.count()) {
            return Integer.parseInt(index);
        }
        throw new DarkroomException(
                ErrorCode.UNKNOWN_JOB,
                "the job has " + state.count() + " picture(s), counted from 0");
    }

    private static DarkroomException gone(JobId id, int picture) {
        return new DarkroomException(
                ErrorCode.UNKNOWN_JOB,
                "picture " + picture + " of job " + id + " is not in the object store");
    }
}
