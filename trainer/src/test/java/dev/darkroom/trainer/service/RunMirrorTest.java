package dev.darkroom.trainer.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.storage.ObjectKey;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.contract.training.DatasetName;
import dev.darkroom.contract.training.TrainingId;
import dev.darkroom.contract.training.TrainingRequest;
import dev.darkroom.platform.lease.Lease;
import dev.darkroom.platform.lease.Leases;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.trainer.Embedded;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunMirrorTest {
    private static final Duration LONG = Duration.ofHours(1);

    @TempDir Path temporary;
    private final AtomicLong time = new AtomicLong();
    private final TrainingRequest request =
            TrainingRequest.of(
                    TrainingId.of(UUID.randomUUID()),
                    new ModelName("model-" + UUID.randomUUID()),
                    new DatasetName("x"));
    private ObjectStore store;
    private Path run;

    @BeforeEach
    void opens() throws IOException {
        store = Embedded.store("mirror");
        run = Files.createDirectories(temporary.resolve("run"));
    }

    @AfterEach
    void closes() {
        store.close();
    }

    private Lease lease() {
        return new Leases(store, "test", LONG, time::get)
                .tryAcquire(ObjectKeys.trainingLease(request.model()))
                .orElseThrow();
    }

    private void write(String name, String text) throws IOException {
        Path path = run.resolve(name);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }

    private String restored(Path folder, String name) throws IOException {
        return Files.readString(folder.resolve(name));
    }

    @Test
    void bringsTheLastSaveAndNothingElse() throws IOException {
        RunMirror mirror = new RunMirror(store, request, lease());
        write("unet/state", "one");
        write("recipe", "same");
        mirror.save(run);
        write("unet/state", "two");
        write("unet/half.part", "not yet");
        mirror.save(run);
        Path there = Files.createDirectories(temporary.resolve("there"));
        Files.writeString(there.resolve("left-over"), "of another time");

        assertThat(new RunMirror(store, request, successor()).restore(there)).contains(2L);

        assertThat(restored(there, "unet/state")).isEqualTo("two");
        assertThat(restored(there, "recipe")).isEqualTo("same");
        assertThat(there.resolve("left-over")).doesNotExist();
        assertThat(there.resolve("unet/half.part")).doesNotExist();
    }

    /** The lease of a successor, after the first has been silent for too long. */
    private Lease successor() {
        AtomicLong clock = new AtomicLong();
        Leases others = new Leases(store, "other", LONG, clock::get);
        String prefix = ObjectKeys.trainingLease(request.model());
        assertThat(others.tryAcquire(prefix)).isEmpty();
        clock.addAndGet(LONG.toNanos());
        return others.tryAcquire(prefix).orElseThrow();
    }

    @Test
    void takesTheSaveBeforeWhereTheLastIsDamaged() throws IOException {
        RunMirror mirror = new RunMirror(store, request, lease());
        write("state", "one");
        mirror.save(run);
        write("state", "two");
        mirror.save(run);
        String two =
                dev.darkroom.contract.storage.Sha256.of("two".getBytes(StandardCharsets.UTF_8));
        ObjectKey damaged =
                store.list(ObjectKeys.training(request.model(), request.id())).stream()
                        .filter(key -> key.value().endsWith(two))
                        .findFirst()
                        .orElseThrow();
        store.put(damaged, new byte[] {1, 2, 3}, "text/plain");

        Path there = temporary.resolve("there");
        assertThat(new RunMirror(store, request, successor()).restore(there)).contains(1L);
        assertThat(restored(there, "state")).isEqualTo("one");
    }

    @Test
    void keepsTwoSavesAndEachFileOnce() throws IOException {
        RunMirror mirror = new RunMirror(store, request, lease());
        write("same", "same");
        for (int i = 0; i < 5; i++) {
            write("state", "state " + i);
            mirror.save(run);
        }

        String prefix = ObjectKeys.training(request.model(), request.id());
        assertThat(store.list(prefix))
                .filteredOn(key -> key.value().contains("/saves/"))
                .hasSize(2);
        assertThat(store.list(prefix))
                .filteredOn(key -> key.value().contains("/files/"))
                .hasSize(3);
        mirror.clear();
        assertThat(store.list(prefix)).isEmpty();
    }

    @Test
    void oneThatWasGivenUpOnSavesNothing() throws IOException {
        RunMirror late = new RunMirror(store, request, lease());
        write("state", "one");
        late.save(run);
        RunMirror next = new RunMirror(store, request, successor());
        next.restore(run);
        write("state", "two");
        next.save(run);
        write("state", "wrong");
        time.addAndGet(LONG.toNanos());

        assertThatThrownBy(() -> late.save(run)).isInstanceOf(DarkroomException.class);

        assertThat(new RunMirror(store, request, successor()).restore(run)).contains(2L);
        assertThat(restored(run, "state")).isEqualTo("two");
    }
}
