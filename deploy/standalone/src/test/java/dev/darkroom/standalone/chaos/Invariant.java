package dev.darkroom.standalone.chaos;

import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.error.Disposition;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.event.JobOutcome;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.ResultManifest;
import dev.darkroom.contract.job.StoredImage;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.storage.ObjectKey;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.contract.storage.Sha256;
import dev.darkroom.diffusion.picture.PngImage;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.worker.delivery.PictureParameters;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What must hold of every job, whatever happened. */
final class Invariant {
    private final Ledger ledger;
    private final ObjectStore store;
    private final Client client;
    private final Canceller canceller;
    private final List<String> violations = new ArrayList<>();
    private final Map<CheckpointVersion, Integer> made = new HashMap<>();
    private int beside;

    Invariant(Ledger ledger, ObjectStore store, Client client, Canceller canceller) {
        this.ledger = ledger;
        this.store = store;
        this.client = client;
        this.canceller = canceller;
    }

    /** Looks at every job. */
    void check() {
        client.accepted().forEach(this::check);
        client.uncertain().stream().filter(job -> !ledger.of(job).isEmpty()).forEach(this::check);
        canceller
                .refused()
                .forEach((job, why) -> violations.add(job + " was not cancelled: " + why));
    }

    /** In words, for whoever reads a test that failed. */
    List<String> violations() {
        return violations;
    }

    /** Jobs that succeeded, by the version that made their pictures. */
    Map<CheckpointVersion, Integer> made() {
        return made;
    }

    /** Pictures whose place was taken by one that another version had made. */
    int beside() {
        return beside;
    }

    private void check(JobId job) {
        Set<JobEvent> ends = ledger.ends(job);
        if (ends.size() != 1) {
            violate(job, "ended " + ends.size() + " times: " + ledger.of(job));
            return;
        }
        JobEvent end = ends.iterator().next();
        if (!due(job).contains(end.type())) {
            violate(job, "ended otherwise than as " + due(job) + ": " + ledger.of(job));
        }
        Optional<JobEvent> decided =
                store.find(ObjectKeys.outcome(job))
                        .map(bytes -> Json.readTolerant(bytes, JobOutcome.class).end());
        if (!decided.equals(Optional.of(end))) {
            violate(job, "was told to be " + end + ", its outcome says " + decided);
        }
        if (end instanceof JobEvent.Failed failed) {
            checkFailure(job, failed);
        }
        checkObjects(job, end);
    }

    private Set<String> due(JobId job) {
        Canceller.Answer answer = canceller.answers().get(job);
        return answer != null && answer.cancelled() ? Set.of("cancelled") : client.kind(job).ends();
    }

    private void checkFailure(JobId job, JobEvent.Failed failed) {
        if (!client.kind(job).failure().equals(Optional.of(failed.code()))) {
            violate(job, "is " + client.kind(job) + " and failed with " + failed);
        }
        boolean buried = failed.code().disposition() == Disposition.PERMANENT;
        if (ledger.isBuried(job) != buried) {
            violate(job, "failed with " + failed.code() + ", dead letter: " + !buried);
        }
    }

    /**
     * Manifest and its pictures of a job that succeeded, and that it was begun before its deadline;
     * of all nothing else but how they ended.
     */
    private void checkObjects(JobId job, JobEvent end) {
        Optional<ResultManifest> manifest =
                store.find(ObjectKeys.result(job))
                        .map(bytes -> Json.readTolerant(bytes, ResultManifest.class));
        if (end instanceof JobEvent.Succeeded != manifest.isPresent()) {
            violate(job, "ended as " + end.type() + ", manifest: " + manifest.isPresent());
        }
        Set<ObjectKey> due = new HashSet<>(Set.of(ObjectKeys.outcome(job)));
        manifest.ifPresent(
                result -> {
                    checkPictures(result);
                    due.add(ObjectKeys.result(job));
                    result.images().forEach(image -> due.add(image.key()));
                });
        List<ObjectKey> left = new ArrayList<>(store.list(ObjectKeys.job(job)));
        if (manifest.flatMap(result -> result.job().deadline()).isPresent()) {
            left.remove(ObjectKeys.begun(job));
        }
        if (!due.equals(Set.copyOf(left))) {
            violate(job, "ended as " + end.type() + " and left " + left);
        }
    }

    private void checkPictures(ResultManifest result) {
        JobId job = result.job().id();
        made.merge(result.checkpoint(), 1, Integer::sum);
        if (result.images().size() != result.job().count()) {
            violate(job, "names " + result.images().size() + " pictures");
        }
        // By what was told: a broker that is started anew counts deliveries anew.
        if (client.kind(job) == Kind.FALTERING && ledger.begins(job) < 2) {
            violate(job, "was to fail at first, and has not");
        }
        for (StoredImage image : result.images()) {
            beside += image.key().equals(ObjectKeys.image(job, image.index())) ? 0 : 1;
            Optional<byte[]> content = store.find(image.key());
            Optional<String> hash = content.map(Sha256::of);
            if (!hash.equals(Optional.of(image.sha256()))) {
                violate(job, image.key() + " is not the one that is named: " + hash);
            }
            Optional<String> parameters =
                    content.flatMap(png -> PngImage.text(png, PictureParameters.KEYWORD));
            String version = "Model hash: " + result.checkpoint() + ",";
            if (parameters.filter(text -> text.contains(version)).isEmpty()) {
                violate(job, image.key() + " is not of " + result.checkpoint() + ": " + parameters);
            }
        }
    }

    private void violate(JobId job, String how) {
        violations.add(job + " " + how);
    }
}
