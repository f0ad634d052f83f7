package dev.darkroom.producer.api;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.Disposition;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Every exception that leaves a resource becomes a problem document. */
final class ProblemMappers {
    private static final Logger LOG = LoggerFactory.getLogger(ProblemMappers.class);

    @ServerExceptionMapper
    public Response known(DarkroomException failure, UriInfo uri) {
        if (failure.code().disposition() != Disposition.USER) {
            LOG.warn("{} of {}: {}", failure.code(), uri.getPath(), failure.reason(), failure);
        }
        return respond(Problem.of(failure, uri.getPath()));
    }

    @ServerExceptionMapper
    public Response http(WebApplicationException failure, UriInfo uri) {
        Response refused = failure.getResponse();
        if (refused.getStatus() < 400) {
            return refused;
        }
        Response answer = respond(HttpProblem.of(refused.getStatus(), uri.getPath()));
        String allow = refused.getHeaderString(HttpHeaders.ALLOW);
        return allow == null
                ? answer
                : Response.fromResponse(answer).header(HttpHeaders.ALLOW, allow).build();
    }

    @ServerExceptionMapper
    public Response unforeseen(Throwable failure, UriInfo uri) {
        LOG.error("Fault at {}", uri.getPath(), failure);
        return respond(Problem.of(DarkroomException.of(failure), uri.getPath()));
    }

    private static Response respond(Problem problem) {
        Response.ResponseBuilder response =
                Response.status(problem.status())
                        .type(MediaType.valueOf(Problem.MEDIA_TYPE))
                        .header(HttpHeaders.CACHE_CONTROL, "no-store")
                        .entity(problem.json());
        problem.retryAfterSeconds()
                .ifPresent(seconds -> response.header(HttpHeaders.RETRY_AFTER, seconds));
        return response.build();
    }
}
