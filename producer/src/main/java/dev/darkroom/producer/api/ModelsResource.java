package dev.darkroom.producer.api;

import dev.darkroom.contract.access.Role;
import dev.darkroom.contract.json.Json;
import dev.darkroom.producer.submit.ModelCatalog;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;

/** The models that jobs can name. */
@Path("/v1/models")
@Blocking
public final class ModelsResource {
    private final ModelCatalog catalog;

    ModelsResource(ModelCatalog catalog) {
        this.catalog = catalog;
    }

    record ModelList(List<ModelView> models) {}

    @GET
    @Requires(Role.READ)
    @Produces(MediaType.APPLICATION_JSON)
    public byte[] list() {
        return Json.write(new ModelList(catalog.models().stream().map(ModelView::of).toList()));
    }
}
