package dev.darkroom.platform.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.checkpoint.Promotion;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.contract.training.TrainingId;
import dev.darkroom.platform.Embedded;
import dev.darkroom.platform.objectstore.ObjectStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is done with the versions of a model: listed, gone back to, removed. */
@Timeout(60)
final class CheckpointVersionsTest {
    /** Everything that is not needed goes, however young. */
    private static final PrunePolicy NOTHING_ELSE =
            new PrunePolicy(0, Duration.ZERO, Duration.ofDays(1));

    @TempDir Path temporary;
    private static ObjectStore store;
    private static CheckpointRegistry registry;
    private final ModelName model = CheckpointFixture.newModel();

    @BeforeAll
    static void opens() {
        store = Embedded.store("registry");
        registry = new CheckpointRegistry(store, Embedded.kafka());
        registry.start();
    }

    @AfterAll
    static void closes() {
        registry.close();
        store.close();
    }

    private CheckpointId publish(int seed) throws IOException {
        CheckpointFixture made =
                CheckpointFixture.write(temporary.resolve("made-" + seed), model, seed);
        registry.publish(made.folder());
        return made.id();
    }

    private void publishAndPromote(int... seeds) throws IOException {
        for (int seed : seeds) {
            registry.promote(publish(seed));
        }
    }

    private CheckpointId id(int seed) {
        return new CheckpointId(model, new CheckpointVersion(String.format("%012x", seed)));
    }

    private List<CheckpointId> ids() {
        return registry.versions(model).stream().map(PublishedCheckpoint::id).toList();
    }

    @Test
    void rollsBackStepByStep() throws IOException {
        publishAndPromote(1, 2, 3);

        assertThat(registry.rollBack(model).id()).isEqualTo(id(2));
        assertThat(registry.promoted(model)).contains(id(2));
        assertThat(registry.rollBack(model).id()).isEqualTo(id(1));
        assertThatThrownBy(() -> registry.rollBack(model)).hasMessageContaining("no published");
        assertThat(registry.promoted(model)).contains(id(1));
    }

    @Test
    void whatAnotherHasPromotedSinceIsNeitherReplacedNorUndone() throws IOException {
        publishAndPromote(1, 2);
        Promotion judged = registry.promotion(model).orElseThrow();
        publish(3);
        try (CheckpointRegistry other = new CheckpointRegistry(store, Embedded.kafka())) {
            other.start();
            other.promote(id(3));
        }

        assertThat(registry.rollBack(judged)).isEmpty();
        assertThat(
                        registry.replace(
                                Optional.of(judged),
                                judged.followedBy(id(1).version(), Instant.now())))
                .isFalse();
        assertThat(registry.replace(Optional.empty(), Promotion.of(id(1), Instant.now())))
                .isFalse();

        Promotion standing = registry.latestPromotion(model).orElseThrow();
        assertThat(standing.id()).isEqualTo(id(3));
        assertThat(registry.rollBack(standing).map(Promotion::id)).contains(id(2));
    }

    @Test
    void rollingBackEndsTheTrialFirst() throws IOException {
        publishAndPromote(1, 2);
        publish(3);
        registry.promoteCanary(id(3), 10);

        assertThat(registry.rollBack(model).canary()).isEmpty();
        assertThat(registry.promoted(model)).contains(id(2));
        assertThat(registry.rollBack(model).id()).isEqualTo(id(1));
    }

    @Test
    void theCanaryThatIsPromotedCanBeRolledBack() throws IOException {
        publishAndPromote(1);
        publish(2);
        registry.promoteCanary(id(2), 10);
        registry.promote(id(2));

        Promotion now = registry.promotion(model).orElseThrow();
        assertThat(now.canary()).isEmpty();
        assertThat(registry.rollBack(model).id()).isEqualTo(id(1));
    }

    @Test
    void listsWholeVersionsAndParts() throws IOException {
        publish(1);
        publish(2);
        store.put(ObjectKeys.checkpointFile(id(3), "unet/x"), new byte[7], "text/plain");
        store.put(
                ObjectKeys.checkpointFile(new CheckpointId(model, id(1).version()), "more"),
                new byte[1],
                "text/plain");

        List<PublishedCheckpoint> all = registry.versions(model);

        assertThat(all)
                .extracting(PublishedCheckpoint::id)
                .containsExactlyInAnyOrder(id(1), id(2), id(3));
        PublishedCheckpoint parts = all.get(0);
        assertThat(parts.id()).isEqualTo(id(3));
        assertThat(parts.manifest()).isEmpty();
        assertThat(parts.bytes()).isEqualTo(7);
        assertThat(all.get(1).bytes()).isGreaterThan(200_000);
    }

    @Test
    void pruningKeepsWhatServesIsTriedIsTheWayBackOrIsNeeded() throws IOException {
        publishAndPromote(1, 2, 3);
        publish(4);
        publish(5);
        publish(6);
        registry.promoteCanary(id(4), 10);

        PrunePlan plan = registry.planPrune(model, NOTHING_ELSE, Set.of(id(5).version()));

        assertThat(plan.entries())
                .extracting(entry -> entry.checkpoint().id(), PrunePlan.Entry::reason)
                .contains(
                        org.assertj.core.groups.Tuple.tuple(id(3), "promoted"),
                        org.assertj.core.groups.Tuple.tuple(id(4), "canary"),
                        org.assertj.core.groups.Tuple.tuple(id(2), "what a rollback promotes"),
                        org.assertj.core.groups.Tuple.tuple(id(5), "jobs need it"));
        assertThat(plan.removed())
                .extracting(PublishedCheckpoint::id)
                .containsExactlyInAnyOrder(id(1), id(6));
        plan.removed().forEach(gone -> registry.remove(gone.id()));
        assertThat(ids()).containsExactlyInAnyOrder(id(2), id(3), id(4), id(5));
        assertThat(registry.manifest(id(1))).isEmpty();
        assertThat(store.list(ObjectKeys.checkpointFile(id(1), "").value())).isEmpty();
    }

    @Test
    void pruningKeepsWhatTrainingsUnderWayBeganFrom() throws IOException {
        publishAndPromote(1, 2, 3, 4);
        TrainingId one = TrainingId.of(UUID.randomUUID());
        TrainingId other = TrainingId.of(UUID.randomUUID());
        registry.hold(id(1), one);
        registry.hold(id(1), other);
        registry.hold(id(2), one);

        assertThat(registry.planPrune(model, NOTHING_ELSE, Set.of()).entries())
                .filteredOn(entry -> entry.checkpoint().id().equals(id(1)))
                .extracting(PrunePlan.Entry::reason)
                .containsExactly("a training under way began from it");
        assertThat(registry.planPrune(model, NOTHING_ELSE, Set.of()).removed()).isEmpty();
        registry.release(model, one);
        assertThat(registry.planPrune(model, NOTHING_ELSE, Set.of()).removed())
                .extracting(PublishedCheckpoint::id)
                .containsExactly(id(2));
        assertThatThrownBy(() -> registry.remove(id(1))).hasMessageContaining("training under way");
        store.put(ObjectKeys.trainingOutcome(model, other), new byte[] {'{', '}'}, "text/plain");
        registry.remove(id(1));
        assertThat(ids()).doesNotContain(id(1));
    }

    @Test
    void pruningKeepsTheNewestAndTheYoung() throws IOException {
        publish(1);
        publish(2);

        assertThat(
                        registry.planPrune(
                                        model,
                                        new PrunePolicy(2, Duration.ZERO, Duration.ZERO),
                                        Set.of())
                                .removed())
                .isEmpty();
        // The fixture's checkpoints were all made in 1970.
        Duration ever = Duration.ofDays(365L * 1000);
        assertThat(registry.planPrune(model, new PrunePolicy(0, ever, ever), Set.of()).removed())
                .isEmpty();
        assertThat(registry.planPrune(model, NOTHING_ELSE, Set.of()).removed()).hasSize(2);
    }

    @Test
    void pruningFindsPartsOfAPublishingThatFailed() {
        store.put(ObjectKeys.checkpointFile(id(3), "unet/x"), new byte[7], "text/plain");

        assertThat(registry.planPrune(model, NOTHING_ELSE, Set.of()).removed()).isEmpty();
        PrunePlan later =
                registry.planPrune(
                        model, new PrunePolicy(9, Duration.ofDays(9), Duration.ZERO), Set.of());

        assertThat(later.removed()).extracting(PublishedCheckpoint::id).containsExactly(id(3));
        registry.remove(id(3));
        assertThat(ids()).isEmpty();
    }

    @Test
    void whatServesIsNotRemoved() throws IOException {
        publishAndPromote(1, 2);

        assertThatThrownBy(() -> registry.remove(id(2))).hasMessageContaining("serves");
        assertThatThrownBy(() -> registry.remove(id(1))).hasMessageContaining("rollback");
        assertThat(ids()).hasSize(2);
    }

    @Test
    void cacheKeepsWhatServesAndWhatIsInUse() throws IOException {
        publishAndPromote(1, 2, 3, 4);
        registry.promoteCanary(publish(5), 10);
        publish(6);
        publish(7);
        Path cache = temporary.resolve("cache");
        for (int seed = 1; seed <= 7; seed++) {
            registry.fetch(id(seed), cache);
        }
        Path folder = cache.resolve(model.value());
        registry.tidy(model, Set.of(id(1).version()), cache);
        for (int seed = 1; seed <= 7; seed++) {
            assertThat(folder.resolve(id(seed).version().value())).isDirectory();
            Path lock = folder.resolve(id(seed).version() + ".lock");
            if (seed != 7) {
                Files.setLastModifiedTime(lock, FileTime.fromMillis(1_000_000_000_000L));
            }
        }

        registry.tidy(model, Set.of(id(1).version()), cache);

        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left.filter(Files::isDirectory).map(path -> path.getFileName().toString()))
                    .as("in use, what a rollback promotes, promoted, canary, just fetched")
                    .containsExactlyInAnyOrder(
                            id(1).version().value(),
                            id(3).version().value(),
                            id(4).version().value(),
                            id(5).version().value(),
                            id(7).version().value());
        }
        assertThat(registry.fetch(id(2), cache).resolve(CheckpointFixture.NETWORK))
                .hasSize(200_000);
    }
}
