package dev.darkroom.worker.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.event.JobOutcome;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.ResultManifest;
import dev.darkroom.contract.job.SamplerName;
import dev.darkroom.contract.job.StageTimings;
import dev.darkroom.contract.job.StoredImage;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.contract.storage.Sha256;
import dev.darkroom.diffusion.picture.PngImage;
import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.worker.Jobs;
import dev.darkroom.worker.MemoryObjectStore;
import dev.darkroom.worker.RecordedEvents;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class DeliveryTest {
    private static final GenerationJob JOB =
            Jobs.job(Jobs.ID, "a dress", "", SamplerName.DDIM, 7.5, 2);
    private static final CheckpointVersion OTHER_VERSION = new CheckpointVersion("ba9876543210");

    private final MemoryObjectStore store = new MemoryObjectStore();
    private final RecordedEvents events = new RecordedEvents();
    private final Delivery delivery = delivery("w1");

    private Delivery delivery(String worker) {
        return new Delivery(store, events, new Previews(store), worker, "Darkroom test");
    }

    @Test
    void describesThePicturesAsTheyAreStored() throws Exception {
        List<StoredImage> stored =
                delivery.store(JOB, Jobs.VERSION, List.of(grey(1), grey(2)), () -> {});

        assertThat(stored).hasSize(2);
        for (StoredImage image : stored) {
            byte[] content = store.objects.get(image.key());
            assertThat(image.size()).isEqualTo(content.length);
            assertThat(image.sha256())
                    .isEqualTo(
                            HexFormat.of()
                                    .formatHex(
                                            MessageDigest.getInstance("SHA-256").digest(content)));
            assertThat(image.seed()).isEqualTo(JOB.seed() + image.index());
        }
        assertThat(stored.get(1).key()).isEqualTo(ObjectKeys.image(Jobs.ID, 1));
    }

    @Test
    void keepsPicturesThatAnEarlierAttemptMade() {
        List<StoredImage> first =
                delivery.store(JOB, Jobs.VERSION, List.of(grey(1), grey(2)), () -> {});
        // Another machine's arithmetic may differ in the last bit.
        List<StoredImage> second =
                delivery.store(JOB, Jobs.VERSION, List.of(grey(1), grey(3)), () -> {});

        assertThat(second).isEqualTo(first);
        assertThat(store.writes).hasSize(2);
    }

    @Test
    void picturesOfAnotherCheckpointLieBesideThoseThatAreThere() {
        List<StoredImage> first =
                delivery.store(JOB, Jobs.VERSION, List.of(grey(1), grey(2)), () -> {});
        List<StoredImage> second =
                delivery.store(JOB, OTHER_VERSION, List.of(grey(3), grey(4)), () -> {});
        List<StoredImage> again =
                delivery("w2").store(JOB, OTHER_VERSION, List.of(grey(5), grey(6)), () -> {});

        assertThat(again).isEqualTo(second);
        assertHolds(Jobs.VERSION, first);
        assertHolds(OTHER_VERSION, second);
    }

    @Test
    void workerThatStoodStillBetweenTwoPicturesChangesNoneThatIsNamed() {
        AtomicInteger stored = new AtomicInteger();

        delivery.store(
                JOB,
                Jobs.VERSION,
                List.of(grey(1), grey(2)),
                () -> {
                    if (stored.incrementAndGet() == 1) {
                        ResultManifest other = otherStores();
                        // It dies before it can put the manifest.
                        store.objects.put(
                                ObjectKeys.outcome(Jobs.ID),
                                Json.writePretty(JobOutcome.of(other)));
                    }
                });

        assertHolds(OTHER_VERSION, named());
    }

    @Test
    void workerThatStoodStillBeforeAWriteChangesNoPictureThatIsNamed() {
        ResultManifest other = otherStores();
        AtomicInteger writes = new AtomicInteger();
        store.before =
                operation -> {
                    // The first found a picture there, of the other's version.
                    if (operation.startsWith("put") && writes.incrementAndGet() == 2) {
                        store.before = later -> {};
                        delivery("w2").decide(JobOutcome.of(other));
                    }
                };

        delivery.store(JOB, Jobs.VERSION, List.of(grey(1), grey(2)), () -> {});

        assertThat(writes).hasValue(2);
        assertHolds(OTHER_VERSION, named());
    }

    private ResultManifest otherStores() {
        return manifest(
                "w2",
                delivery("w2").store(JOB, OTHER_VERSION, List.of(grey(3), grey(4)), () -> {}));
    }

    private List<StoredImage> named() {
        return delivery.find(Jobs.ID).flatMap(JobOutcome::result).orElseThrow().images();
    }

    /** They are in the store as they are described, and made by that version. */
    private void assertHolds(CheckpointVersion version, List<StoredImage> images) {
        assertThat(images)
                .hasSize(2)
                .allSatisfy(
                        image -> {
                            byte[] content = store.objects.get(image.key());
                            assertThat(Sha256.of(content)).isEqualTo(image.sha256());
                            assertThat(PngImage.text(content, PictureParameters.KEYWORD))
                                    .get()
                                    .asString()
                                    .contains("Model hash: " + version);
                        });
    }

    @Test
    void secondToFinishTakesTheFirstResult() {
        List<StoredImage> images =
                delivery.store(JOB, Jobs.VERSION, List.of(grey(1), grey(2)), () -> {});
        JobOutcome first = delivery.decide(JobOutcome.of(manifest("w1", images)));
        JobOutcome second = delivery("w2").decide(JobOutcome.of(manifest("w2", images)));

        assertThat(second).isEqualTo(first);
        assertThat(second.result().orElseThrow().worker()).isEqualTo("w1");
        assertThat(delivery.find(Jobs.ID)).contains(first);
    }

    @Test
    void damagedOutcomeIsNoFaultOfTheAsker() {
        store.objects.put(ObjectKeys.outcome(Jobs.ID), new byte[] {'{'});

        assertThatThrownBy(() -> delivery.find(Jobs.ID))
                .hasMessageContaining(ObjectKeys.outcome(Jobs.ID).value())
                .isInstanceOfSatisfying(
                        DarkroomException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.INTERNAL));
    }

    @Test
    void announcesWhatTheManifestSays() {
        List<StoredImage> images =
                delivery.store(JOB, Jobs.VERSION, List.of(grey(1), grey(2)), () -> {});

        delivery.announce(JobOutcome.of(manifest("w1", images)), false, Optional.empty());

        assertThat(events.events)
                .singleElement()
                .isInstanceOfSatisfying(
                        JobEvent.Succeeded.class,
                        event -> {
                            assertThat(event.images()).isEqualTo(2);
                            assertThat(event.attempt()).isEqualTo(3);
                            assertThat(event.result()).isEqualTo(ObjectKeys.result(Jobs.ID));
                        });
    }

    private static ResultManifest manifest(String worker, List<StoredImage> images) {
        return new ResultManifest(
                JOB,
                Jobs.VERSION,
                images,
                3,
                worker,
                new StageTimings(1, 2, 3, 4),
                Instant.parse("2026-01-02T03:04:05Z"));
    }

    private static RgbImage grey(int level) {
        byte[] pixels = new byte[4 * 4 * 3];
        java.util.Arrays.fill(pixels, (byte) level);
        return new RgbImage(4, 4, pixels);
    }
}
