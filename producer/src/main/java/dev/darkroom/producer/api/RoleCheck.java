package dev.darkroom.producer.api;

import dev.darkroom.contract.access.Role;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.container.ResourceInfo;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;

/** Lets a request pass to its method where the caller has the role that the method asks for. */
final class RoleCheck {
    @ServerRequestFilter
    public void check(ResourceInfo resource, RoutingContext request) {
        Requires requires = resource.getResourceMethod().getAnnotation(Requires.class);
        Caller.of(request).require(requires == null ? Role.ADMIN : requires.value());
    }
}
