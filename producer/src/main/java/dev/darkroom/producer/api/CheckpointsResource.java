package dev.darkroom.producer.api;

import dev.darkroom.contract.access.Role;
import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointManifest;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.checkpoint.Promotion;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.training.TrainingProvenance;
import dev.darkroom.platform.registry.PrunePlan;
import dev.darkroom.producer.checkpoint.CheckpointDesk;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The versions of a model: looked at, promoted, rolled back, removed. */
@Path("/v1/models/{model}")
@Blocking
public final class CheckpointsResource {
    private final CheckpointDesk desk;

    CheckpointsResource(CheckpointDesk desk) {
        this.desk = desk;
    }

    record Listed(
            CheckpointVersion version,
            String state,
            Optional<String> source,
            Optional<Instant> createdAt,
            long bytes,
            Optional<CheckpointVersion> parent,
            List<dev.darkroom.contract.training.Score> scores,
            Optional<String> finding) {
        static Listed of(CheckpointDesk.Version version) {
            Optional<TrainingProvenance> provenance = version.provenance();
            return new Listed(
                    version.stored().id().version(),
                    version.state(),
                    version.stored().manifest().map(CheckpointManifest::source),
                    version.stored().manifest().map(CheckpointManifest::createdAt),
                    version.stored().bytes(),
                    provenance.flatMap(TrainingProvenance::parent),
                    provenance.map(TrainingProvenance::scores).orElse(List.of()),
                    provenance.flatMap(from -> from.findings().stream().findFirst()));
        }
    }

    record Listing(ModelName model, List<Listed> checkpoints) {}

    record Shown(
            String state,
            CheckpointManifest manifest,
            CheckpointConfiguration configuration,
            Optional<TrainingProvenance> training) {}

    /**
     * @param canaryPercent none or 0: all jobs
     */
    record PromoteBody(CheckpointVersion version, Optional<Integer> canaryPercent) {}

    /**
     * @param keep so many of the newest; none is 5
     * @param days and all that are younger; none is 7
     * @param remove {@code false}, or none, only tells what would be removed
     */
    record PruneBody(Optional<Integer> keep, Optional<Integer> days, Optional<Boolean> remove) {}

    record Pruned(CheckpointVersion version, boolean remove, String reason, long bytes) {
        static Pruned of(PrunePlan.Entry entry) {
            return new Pruned(
                    entry.checkpoint().id().version(),
                    entry.remove(),
                    entry.reason(),
                    entry.checkpoint().bytes());
        }
    }

    record PruneAnswer(boolean removed, List<Pruned> checkpoints) {}

    @GET
    @Requires(Role.READ)
    @Path("checkpoints")
    @Produces(MediaType.APPLICATION_JSON)
    public Response list(@PathParam("model") String name) {
        ModelName model = new ModelName(name);
        return fresh(new Listing(model, desk.versions(model).stream().map(Listed::of).toList()));
    }

    @GET
    @Requires(Role.READ)
    @Path("checkpoints/{version}")
    @Produces(MediaType.APPLICATION_JSON)
    public Response show(@PathParam("model") String name, @PathParam("version") String version) {
        CheckpointId id = new CheckpointId(new ModelName(name), new CheckpointVersion(version));
        CheckpointManifest manifest = desk.manifest(id);
        return fresh(
                new Shown(desk.state(id), manifest, desk.configuration(id), desk.provenance(id)));
    }

    @POST
    @Requires(Role.ADMIN)
    @Path("promote")
    @Consumes(MediaType.APPLICATION_JSON)
    @Produces(MediaType.APPLICATION_JSON)
    public Response promote(@PathParam("model") String name, InputStream body) throws IOException {
        PromoteBody wanted = Json.read(JobsResource.read(body), PromoteBody.class);
        Promotion promotion =
                desk.promote(
                        new CheckpointId(new ModelName(name), wanted.version()),
                        wanted.canaryPercent().orElse(0));
        return fresh(promotion);
    }

    @POST
    @Requires(Role.ADMIN)
    @Path("rollback")
    @Produces(MediaType.APPLICATION_JSON)
    public Response rollBack(@PathParam("model") String name) {
        return fresh(desk.rollBack(new ModelName(name)));
    }

    @POST
    @Requires(Role.ADMIN)
    @Path("prune")
    @Consumes(MediaType.APPLICATION_JSON)
    @Produces(MediaType.APPLICATION_JSON)
    public Response prune(@PathParam("model") String name, InputStream body) throws IOException {
        PruneBody wanted = Json.read(JobsResource.read(body), PruneBody.class);
        boolean remove = wanted.remove().orElse(false);
        PrunePlan plan =
                desk.prune(
                        new ModelName(name),
                        wanted.keep().orElse(5),
                        wanted.days().orElse(7),
                        remove);
        return fresh(new PruneAnswer(remove, plan.entries().stream().map(Pruned::of).toList()));
    }

    private static Response fresh(Object answer) {
        return Response.ok(Json.write(answer))
                .header(HttpHeaders.CACHE_CONTROL, "no-store")
                .build();
    }
}
