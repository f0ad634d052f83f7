package dev.darkroom.trainer.service;

import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointManifest;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.Promotion;
import dev.darkroom.contract.event.CheckpointEvent;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.storage.ObjectKey;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.contract.training.Margins;
import dev.darkroom.contract.training.TrainingOutcome;
import dev.darkroom.contract.training.TrainingOutcome.Result;
import dev.darkroom.contract.training.TrainingProvenance;
import dev.darkroom.contract.training.TrainingRequest;
import dev.darkroom.platform.lease.Lease;
import dev.darkroom.trainer.evaluate.ReportPage;
import dev.darkroom.trainer.publish.PromotionGate;
import dev.darkroom.trainer.publish.TrainedCheckpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * From what a training has made to what the pool knows of it: gate, publishing, promotion. May be
 * done again from its beginning: publishing the same version changes nothing, and what was promoted
 * once is not promoted again.
 */
final class RunEnding {
    private final Surroundings surroundings;
    private final TrainerOptions options;
    private final Clock clock;

    RunEnding(Surroundings surroundings, TrainerOptions options, Clock clock) {
        this.surroundings = surroundings;
        this.options = options;
        this.clock = clock;
    }

    /**
     * @param scratch a folder for the checkpoint, removed by the caller
     */
    TrainingOutcome end(
            FineTuneOrder order,
            FineTuneResult result,
            Instant startedAt,
            Path scratch,
            Lease lease)
            throws IOException {
        TrainingRequest request = order.request();
        Margins margins = request.margins().orElse(options.margins());
        PromotionGate.Verdict verdict =
                PromotionGate.decide(result.scores(), result.parentScores(), margins);
        Path folder = scratch.resolve("checkpoint");
        CheckpointManifest manifest =
                TrainedCheckpoint.make(
                        result.checkpoint(),
                        request.model(),
                        Optional.of(surroundings.registry().configuration(order.parent())),
                        version -> provenance(order, result, verdict, version, startedAt),
                        folder,
                        clock);
        lease.requireHeld();
        upload(manifest.id(), result.report());
        surroundings.registry().publish(folder);
        tell(new CheckpointEvent.Published(request.model(), manifest.version(), clock.instant()));
        lease.requireHeld();
        return decide(order, verdict, manifest.id(), lease);
    }

    private TrainingOutcome decide(
            FineTuneOrder order, PromotionGate.Verdict verdict, CheckpointId child, Lease lease) {
        TrainingRequest request = order.request();
        if (child.equals(order.parent())) {
            return outcome(
                    request,
                    Result.NOT_PROMOTED,
                    child,
                    reasons("the training changed nothing: it is the parent", verdict));
        }
        Optional<Promotion> latest = surroundings.registry().latestPromotion(request.model());
        if (latest.isEmpty()) {
            return notPromoted(request, child, reasons("nothing serves the model now", verdict));
        }
        Promotion standing = latest.get();
        // Promoted before a trainer died, which may not have got to saying so.
        if (standing.id().equals(child)) {
            return promoted(request, child, standing.history().stream().findFirst(), verdict);
        }
        if (standing.canaryId().equals(Optional.of(child))) {
            return onTrial(request, child, standing.canary().orElseThrow().percent(), verdict);
        }
        Optional<String> obstacle = obstacle(order, verdict, standing);
        if (obstacle.isPresent()) {
            return notPromoted(request, child, reasons(obstacle.get(), verdict));
        }
        if (!verdict.promote()) {
            return notPromoted(request, child, verdict.findings());
        }
        return promote(order, verdict, child, standing, lease);
    }

    /** What keeps a version from serving whatever its figures. */
    private static Optional<String> obstacle(
            FineTuneOrder order, PromotionGate.Verdict verdict, Promotion standing) {
        if (!standing.id().equals(order.parent())) {
            return Optional.of(
                    standing.id()
                            + " was promoted while this was trained from "
                            + order.parent()
                            + ": compare them and promote one by hand");
        }
        if (standing.canary().isPresent()) {
            return standing.canaryId()
                    .map(
                            other ->
                                    other
                                            + " is on trial: promote this one by hand when that is"
                                            + " over");
        }
        return verdict.promote() && !order.request().mayPromote()
                ? Optional.of("the request said not to promote")
                : Optional.empty();
    }

    /**
     * Promotes at most once: which promotion is to be followed is put into the bucket before. Who
     * comes again and finds another standing does not know whether that is because this version was
     * promoted and taken back, and leaves it.
     */
    private TrainingOutcome promote(
            FineTuneOrder order,
            PromotionGate.Verdict verdict,
            CheckpointId child,
            Promotion standing,
            Lease lease) {
        TrainingRequest request = order.request();
        if (!followed(request, standing).equals(standing)) {
            return notPromoted(
                    request,
                    child,
                    reasons(
                            "what serves was decided anew since this was to be promoted, and may"
                                    + " have been: promote it by hand if it is wanted",
                            verdict));
        }
        lease.requireHeld();
        int percent = request.canaryPercent().orElse(options.canaryPercent());
        Promotion next =
                percent > 0
                        ? standing.withCanary(
                                new Promotion.Canary(child.version(), percent), clock.instant())
                        : standing.followedBy(child.version(), clock.instant());
        if (!surroundings.registry().replace(Optional.of(standing), next)) {
            return decide(order, verdict, child, lease);
        }
        return percent > 0
                ? onTrial(request, child, percent, verdict)
                : promoted(request, child, Optional.of(standing.version()), verdict);
    }

    /** The promotion that stood when this training was first about to promote. */
    private Promotion followed(TrainingRequest request, Promotion standing) {
        ObjectKey key = followed(request);
        surroundings.store().putIfAbsent(key, Json.writePretty(standing), "application/json");
        return surroundings
                .store()
                .find(key)
                .map(json -> Json.readTolerant(json, Promotion.class))
                .orElse(standing);
    }

    /** Where that lies until the training's outcome is told. */
    static ObjectKey followed(TrainingRequest request) {
        return ObjectKeys.trainingFile(request.model(), request.id(), "followed.json");
    }

    private static List<String> reasons(String first, PromotionGate.Verdict verdict) {
        List<String> reasons = new ArrayList<>(verdict.findings());
        reasons.add(0, first);
        return reasons;
    }

    private TrainingOutcome promoted(
            TrainingRequest request,
            CheckpointId child,
            Optional<CheckpointVersion> before,
            PromotionGate.Verdict verdict) {
        tell(
                new CheckpointEvent.Promoted(
                        request.model(), child.version(), clock.instant(), before));
        return outcome(request, Result.PROMOTED, child, verdict.findings());
    }

    private TrainingOutcome onTrial(
            TrainingRequest request,
            CheckpointId child,
            int percent,
            PromotionGate.Verdict verdict) {
        tell(
                new CheckpointEvent.CanaryStarted(
                        request.model(), child.version(), clock.instant(), percent));
        return outcome(request, Result.CANARY, child, verdict.findings());
    }

    private TrainingOutcome notPromoted(
            TrainingRequest request, CheckpointId child, List<String> reasons) {
        tell(
                new CheckpointEvent.NotPromoted(
                        request.model(),
                        child.version(),
                        clock.instant(),
                        String.join("; ", reasons)));
        return outcome(request, Result.NOT_PROMOTED, child, reasons);
    }

    private TrainingOutcome outcome(
            TrainingRequest request, Result result, CheckpointId child, List<String> reasons) {
        return new TrainingOutcome(
                request.id(),
                request.model(),
                result,
                Optional.of(child.version()),
                reasons,
                Optional.empty(),
                clock.instant());
    }

    private TrainingProvenance provenance(
            FineTuneOrder order,
            FineTuneResult result,
            PromotionGate.Verdict verdict,
            CheckpointVersion version,
            Instant startedAt) {
        return new TrainingProvenance(
                TrainingProvenance.FORMAT,
                order.request().id(),
                Optional.of(order.parent().version()),
                Optional.of(order.data().dataset()),
                Optional.of(order.data().fingerprint()),
                order.data().objects().size(),
                result.recipe(),
                result.steps(),
                result.losses(),
                result.scores(),
                result.parentScores(),
                verdict.promote(),
                verdict.findings(),
                result.report()
                        .filter(folder -> Files.isRegularFile(folder.resolve(ReportPage.FILE)))
                        .map(any -> page(order, version)),
                startedAt,
                clock.instant());
    }

    private static ObjectKey page(FineTuneOrder order, CheckpointVersion version) {
        return ObjectKeys.reportFile(
                new CheckpointId(order.request().model(), version), ReportPage.FILE);
    }

    private void upload(CheckpointId checkpoint, Optional<Path> report) throws IOException {
        if (report.isEmpty()) {
            return;
        }
        Path folder = report.get();
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.filter(Files::isRegularFile).sorted().toList()) {
                String name = folder.relativize(path).toString().replace('\\', '/');
                surroundings
                        .store()
                        .putFile(ObjectKeys.reportFile(checkpoint, name), path, contentType(name));
            }
        }
    }

    private static String contentType(String name) {
        String kind = name.substring(name.lastIndexOf('.') + 1);
        return switch (kind) {
            case "html" -> "text/html; charset=utf-8";
            case "png" -> "image/png";
            case "svg" -> "image/svg+xml";
            case "css" -> "text/css";
            case "json" -> "application/json";
            default -> "application/octet-stream";
        };
    }

    private void tell(CheckpointEvent event) {
        surroundings.publisher().publish(event);
    }
}
