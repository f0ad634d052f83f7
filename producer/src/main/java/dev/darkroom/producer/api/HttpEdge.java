package dev.darkroom.producer.api;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/** What is answered before and after the resources, as problem documents like theirs. */
@Singleton
final class HttpEdge {
    private final Gate gate;

    HttpEdge(Gate gate) {
        this.gate = gate;
    }

    void routes(@Observes Router router) {
        router.route("/v1/*").order(Integer.MIN_VALUE).handler(this::admit);
        router.route().last().handler(this::unknownPath);
    }

    private void admit(RoutingContext context) {
        if (!gate.isOpen()) {
            refuse(
                    context,
                    Problem.of(
                            new DarkroomException(
                                    ErrorCode.NOT_READY, "the producer is starting or stopping"),
                            context.normalizedPath()));
        } else if (announcedLength(context) > JobsResource.MAX_BODY) {
            // The rest of the body is not read: the connection ends with the answer.
            context.response().putHeader("Connection", "close");
            refuse(context, HttpProblem.of(413, context.normalizedPath()));
        } else {
            context.next();
        }
    }

    private void unknownPath(RoutingContext context) {
        refuse(context, HttpProblem.of(404, context.normalizedPath()));
    }

    private static long announcedLength(RoutingContext context) {
        String length = context.request().getHeader("Content-Length");
        try {
            return length == null ? 0 : Long.parseLong(length);
        } catch (NumberFormatException e) {
            return Long.MAX_VALUE;
        }
    }

    private static void refuse(RoutingContext context, Problem problem) {
        var response = context.response();
        if (response.ended()) {
            return;
        }
        response.setStatusCode(problem.status())
                .putHeader("Content-Type", Problem.MEDIA_TYPE)
                .putHeader("Cache-Control", "no-store");
        if (problem.retryAfterSeconds() > 0) {
            response.putHeader("Retry-After", Integer.toString(problem.retryAfterSeconds()));
        }
        response.end(io.vertx.core.buffer.Buffer.buffer(problem.json()));
    }
}
