package dev.darkroom.trainer.service;

import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointManifest;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.Promotion;
import dev.darkroom.contract.event.CheckpointEvent;
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
 * done again from its beginning: publishing the same version and promoting what serves change
 * nothing.
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
        return decide(order, verdict, manifest.id());
    }

    private TrainingOutcome decide(
            FineTuneOrder order, PromotionGate.Verdict verdict, CheckpointId child) {
        TrainingRequest request = order.request();
        List<String> reasons = new ArrayList<>(verdict.findings());
        Optional<Promotion> standing = surroundings.registry().latestPromotion(request.model());
        CheckpointId serving = standing.map(Promotion::id).orElse(order.parent());
        Optional<CheckpointId> other =
                standing.flatMap(Promotion::canaryId).filter(trial -> !trial.equals(child));
        if (child.equals(order.parent())) {
            reasons.add(0, "the training changed nothing: it is the parent");
            return outcome(request, Result.NOT_PROMOTED, child, reasons);
        }
        if (serving.equals(child)) {
            // Promoted before a trainer died, which may not have got to saying so.
            tell(
                    new CheckpointEvent.Promoted(
                            request.model(),
                            child.version(),
                            clock.instant(),
                            standing.flatMap(any -> any.history().stream().findFirst())));
            return outcome(request, Result.PROMOTED, child, reasons);
        }
        if (!verdict.promote()
                || !request.mayPromote()
                || !serving.equals(order.parent())
                || other.isPresent()) {
            if (!serving.equals(order.parent())) {
                reasons.add(
                        0,
                        serving
                                + " was promoted while this was trained from "
                                + order.parent()
                                + ": compare them and promote one by hand");
            } else if (other.isPresent()) {
                reasons.add(
                        0,
                        other.get() + " is on trial: promote this one by hand when that is over");
            } else if (verdict.promote()) {
                reasons.add(0, "the request said not to promote");
            }
            tell(
                    new CheckpointEvent.NotPromoted(
                            request.model(),
                            child.version(),
                            clock.instant(),
                            String.join("; ", reasons)));
            return outcome(request, Result.NOT_PROMOTED, child, reasons);
        }
        int percent = request.canaryPercent().orElse(options.canaryPercent());
        if (percent > 0) {
            surroundings.registry().promoteCanary(child, percent);
            tell(
                    new CheckpointEvent.CanaryStarted(
                            request.model(), child.version(), clock.instant(), percent));
            return outcome(request, Result.CANARY, child, reasons);
        }
        surroundings.registry().promote(child);
        tell(
                new CheckpointEvent.Promoted(
                        request.model(),
                        child.version(),
                        clock.instant(),
                        Optional.of(serving.version())));
        return outcome(request, Result.PROMOTED, child, reasons);
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
