package dev.darkroom.platform.registry;

import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.Promotion;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What is removed of a model's versions and what stays, each with the reason. */
public record PrunePlan(List<Entry> entries) {
    /**
     * @param reason for a person: why it stays, or why it goes
     */
    public record Entry(PublishedCheckpoint checkpoint, boolean remove, String reason) {}

    public PrunePlan {
        entries = List.copyOf(entries);
    }

    public List<PublishedCheckpoint> removed() {
        return entries.stream().filter(Entry::remove).map(Entry::checkpoint).toList();
    }

    /**
     * @param versions the newest first
     * @param inUse by jobs
     * @param parents of trainings that are not over
     */
    static PrunePlan of(
            List<PublishedCheckpoint> versions,
            Optional<Promotion> promotion,
            PrunePolicy policy,
            Set<CheckpointVersion> inUse,
            Set<CheckpointVersion> parents,
            Instant now) {
        List<Entry> entries = new ArrayList<>();
        int kept = 0;
        for (PublishedCheckpoint version : versions) {
            Optional<String> stays;
            if (version.manifest().isEmpty()) {
                boolean abandoned = version.changedAt().plus(policy.abandonedAfter()).isBefore(now);
                entries.add(
                        new Entry(
                                version,
                                abandoned,
                                abandoned
                                        ? "parts of a publishing that failed"
                                        : "has no manifest yet: may be under way"));
                continue;
            }
            stays = needed(version, promotion, inUse, parents);
            if (stays.isEmpty() && kept < policy.keep()) {
                stays = Optional.of("among the newest " + policy.keep());
            }
            if (stays.isEmpty()
                    && version.manifest().get().createdAt().plus(policy.younger()).isAfter(now)) {
                stays = Optional.of("young");
            }
            kept++;
            entries.add(new Entry(version, stays.isEmpty(), stays.orElse("old")));
        }
        return new PrunePlan(entries);
    }

    /** Whether it serves, is on trial, or is what the next rollback promotes. */
    static boolean isNeeded(Promotion standing, CheckpointVersion version) {
        return needed(standing).contains(version);
    }

    /** What serves, is on trial, or is what the next rollback promotes. */
    static Set<CheckpointVersion> needed(Promotion standing) {
        Set<CheckpointVersion> needed = new HashSet<>(Set.of(standing.version()));
        standing.canary().map(Promotion.Canary::version).ifPresent(needed::add);
        standing.history().stream().limit(1).forEach(needed::add);
        return needed;
    }

    private static Optional<String> needed(
            PublishedCheckpoint checkpoint,
            Optional<Promotion> promotion,
            Set<CheckpointVersion> inUse,
            Set<CheckpointVersion> parents) {
        CheckpointVersion version = checkpoint.id().version();
        return promotion
                .flatMap(standing -> role(standing, version))
                .or(() -> inUse.contains(version) ? Optional.of("jobs need it") : Optional.empty())
                .or(
                        () ->
                                parents.contains(version)
                                        ? Optional.of("a training under way began from it")
                                        : Optional.empty());
    }

    private static Optional<String> role(Promotion standing, CheckpointVersion version) {
        if (standing.version().equals(version)) {
            return Optional.of("promoted");
        }
        if (standing.canary().filter(trial -> trial.version().equals(version)).isPresent()) {
            return Optional.of("canary");
        }
        return standing.history().stream().limit(1).anyMatch(version::equals)
                ? Optional.of("what a rollback promotes")
                : Optional.empty();
    }
}
