package dev.darkroom.producer.api;

import dev.darkroom.contract.access.ApiKeyId;
import dev.darkroom.contract.access.Role;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.json.Json;
import dev.darkroom.producer.key.ApiKeys;
import dev.darkroom.producer.key.KeyRequest;
import dev.darkroom.producer.key.KeyRing;
import dev.darkroom.producer.key.KeyView;
import io.smallrye.common.annotation.Blocking;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** API keys: made, listed, revoked by those who hold an admin's. */
@Path("/v1/keys")
@Blocking
public final class KeysResource {
    private static final Logger LOG = LoggerFactory.getLogger(KeysResource.class);

    private final ApiKeys keys;
    private final KeyRing ring;

    KeysResource(ApiKeys keys, KeyRing ring) {
        this.keys = keys;
        this.ring = ring;
    }

    record KeyList(List<KeyView> keys) {}

    @POST
    @Requires(Role.ADMIN)
    @Consumes(MediaType.APPLICATION_JSON)
    @Produces(MediaType.APPLICATION_JSON)
    public Response create(InputStream body, @Context RoutingContext http) throws IOException {
        ApiKeyId by = keyOf(http);
        KeyRequest wanted = Json.read(JobsResource.read(body), KeyRequest.class);
        ApiKeys.Created created = keys.create(wanted);
        ring.refresh();
        LOG.info("Key {} made by {}", created.key().id(), by);
        return Response.created(URI.create("/v1/keys/" + created.key().id()))
                .header(HttpHeaders.CACHE_CONTROL, "no-store")
                .entity(Json.write(KeyView.of(created)))
                .build();
    }

    @GET
    @Requires(Role.ADMIN)
    @Produces(MediaType.APPLICATION_JSON)
    public Response list() {
        return Response.ok(Json.write(new KeyList(keys.list().stream().map(KeyView::of).toList())))
                .header(HttpHeaders.CACHE_CONTROL, "no-store")
                .build();
    }

    @DELETE
    @Requires(Role.ADMIN)
    @Path("{id}")
    public Response revoke(@PathParam("id") String id, @Context RoutingContext http) {
        ApiKeyId by = keyOf(http);
        ApiKeyId revoked = new ApiKeyId(id);
        keys.revoke(revoked);
        ring.refresh();
        LOG.info("Key {} revoked by {}", revoked, by);
        return Response.noContent().build();
    }

    /**
     * A pool without keys lets anyone on its machine in: who made a key then would have it when the
     * pool is opened to others.
     */
    private static ApiKeyId keyOf(RoutingContext http) {
        return Caller.of(http)
                .key()
                .orElseThrow(
                        () ->
                                new DarkroomException(
                                        ErrorCode.FORBIDDEN,
                                        "the first key is made by who has the bucket's"
                                                + " credentials: 'darkroom keys create'"));
    }
}
