package dev.darkroom.trainer.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.contract.checkpoint.CheckpointManifest;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.trainer.data.Bucket;
import dev.darkroom.trainer.data.Example;
import dev.darkroom.trainer.data.ImageDataset;
import dev.darkroom.trainer.importing.DiffusersImporter;
import dev.darkroom.trainer.importing.ImportOptions;
import dev.darkroom.trainer.loop.TrainingRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The repository's recipe with few steps, on a handful of pictures. */
class RecipeRunTest {
    @TempDir Path folder = Path.of("");
    private Recipe recipe;
    private Recipe.Data data;

    @BeforeEach
    void prepare() throws IOException {
        recipe = Recipe.read(ShortRecipe.write(ShortRecipe.of(2, 2, 4), folder.resolve("r.json")));
        data = ShortRecipe.data();
    }

    private RecipeRun run(RunFolder held, RunObserver observer) throws IOException {
        return new RecipeRun(held, recipe, data, observer, System::nanoTime);
    }

    @Test
    void goesOnInEveryStageAndEndsWithACheckpointThatIsImported() throws IOException {
        int processes = 0;
        for (boolean done = false; !done; processes++) {
            AtomicInteger asked = new AtomicInteger();
            try (RunFolder held = RunFolder.take(folder.resolve("run"));
                    RunObserver observer = new RunObserver(held.path(), InstantSource.system())) {
                // As if each process were stopped after three of its steps.
                done = run(held, observer).run(() -> asked.incrementAndGet() % 3 == 0);
            }
        }
        Path run = folder.resolve("run");

        assertThat(processes).isGreaterThan(1);
        assertThat(TrainingRecord.read(RunObserver.record(run, UnetStage.NAME)))
                .extracting(TrainingRecord.Line::step)
                .containsExactly(1L, 2L, 3L, 4L);
        assertThat(run.resolve("samples/unet-0000004.png")).exists();
        CheckpointManifest manifest =
                new DiffusersImporter(InstantSource.fixed(Instant.EPOCH))
                        .importFolder(
                                run.resolve("checkpoint"),
                                new ModelName("squares"),
                                ImportOptions.NONE,
                                folder.resolve("imported"),
                                (written, total) -> {});
        assertThat(manifest.files()).isNotEmpty();
    }

    /** None of 256 that lie evenly among them. */
    @Test
    void doesNotGoOnWhereOneOfManyPicturesHasChanged() throws IOException {
        data = new Recipe.Data(new Squares(1000, 32), new Squares(8, 32));
        open();
        open();
        data = new Recipe.Data(new OneChanged(data.training(), 1), data.validation());

        assertThatThrownBy(this::open)
                .isInstanceOf(DarkroomException.class)
                .hasMessageContaining("other data");
    }

    private void open() throws IOException {
        try (RunFolder held = RunFolder.take(folder.resolve("run"));
                RunObserver observer = new RunObserver(held.path(), InstantSource.system())) {
            run(held, observer);
        }
    }

    /** As the whole, but for one picture that is the next one. */
    private record OneChanged(ImageDataset whole, int changed) implements ImageDataset {
        @Override
        public int size() {
            return whole.size();
        }

        @Override
        public List<String> classes() {
            return whole.classes();
        }

        @Override
        public OptionalInt label(int index) {
            return whole.label(index);
        }

        @Override
        public Bucket bucket(int index) {
            return whole.bucket(index);
        }

        @Override
        public Example example(int index, long draw) {
            return whole.example(index == changed ? index + 1 : index, draw);
        }

        @Override
        public List<String> captions() {
            return whole.captions();
        }
    }

    @Test
    void doesNotMixTwoRecipesInOneFolder() throws IOException {
        Path run = Files.createDirectories(folder.resolve("run"));
        Files.writeString(run.resolve(Recipe.FILE), "{}");

        assertThatThrownBy(
                        () -> {
                            try (RunFolder held = RunFolder.take(run);
                                    RunObserver observer =
                                            new RunObserver(run, InstantSource.system())) {
                                run(held, observer);
                            }
                        })
                .isInstanceOf(DarkroomException.class)
                .hasMessageContaining("another recipe");
    }
}
