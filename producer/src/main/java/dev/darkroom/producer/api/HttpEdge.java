package dev.darkroom.producer.api;

import dev.darkroom.contract.access.Role;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Singleton;
import java.util.Optional;

/** What is answered before and after the resources, as problem documents like theirs. */
@Singleton
final class HttpEdge {
    private static final String METRICS = "/q/metrics";

    private final Gate gate;

    /** Lazily: making it waits for the store. The gate opens when it is there. */
    private final Instance<Authentication> authentication;

    HttpEdge(Gate gate, Instance<Authentication> authentication) {
        this.gate = gate;
        this.authentication = authentication;
    }

    void routes(@Observes Router router) {
        router.route("/v1/*").order(Integer.MIN_VALUE).handler(this::admit);
        router.route(METRICS + "*").order(Integer.MIN_VALUE).handler(this::admitToMetrics);
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
        } else if (authenticate(context).isPresent()) {
            context.next();
        }
    }

    /** Counts of a pool are for those who may look at it; there is no resource to say so. */
    private void admitToMetrics(RoutingContext context) {
        if (!gate.isOpen()) {
            context.next();
            return;
        }
        authenticate(context)
                .ifPresent(
                        caller -> {
                            try {
                                caller.require(Role.READ);
                                context.next();
                            } catch (DarkroomException e) {
                                refuse(context, Problem.of(e, context.normalizedPath()));
                            }
                        });
    }

    /** Who asks; where nobody knows, the request is answered here. */
    private Optional<Caller> authenticate(RoutingContext context) {
        String header = context.request().getHeader("Authorization");
        Optional<Caller> caller = authentication.get().of(header);
        if (caller.isPresent()) {
            Optional<String> objection =
                    caller.get().key().isPresent()
                            ? Optional.empty()
                            : Loopback.objection(context.request());
            if (objection.isPresent()) {
                refuse(
                        context,
                        Problem.of(
                                new DarkroomException(ErrorCode.FORBIDDEN, objection.get()),
                                context.normalizedPath()));
                return Optional.empty();
            }
            caller.get().attachTo(context);
            return caller;
        }
        context.response()
                .putHeader(
                        "WWW-Authenticate",
                        "Bearer realm=\"darkroom\""
                                + (header == null ? "" : ", error=\"invalid_token\""));
        refuse(
                context,
                Problem.of(
                        new DarkroomException(
                                ErrorCode.UNAUTHENTICATED,
                                header == null
                                        ? "send an API key: Authorization: Bearer drk_..."
                                        : "no valid API key: it is unknown, damaged or revoked"),
                        context.normalizedPath()));
        return Optional.empty();
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
        problem.retryAfterSeconds()
                .ifPresent(seconds -> response.putHeader("Retry-After", Integer.toString(seconds)));
        response.end(io.vertx.core.buffer.Buffer.buffer(problem.json()));
    }
}
