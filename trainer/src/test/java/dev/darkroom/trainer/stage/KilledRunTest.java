package dev.darkroom.trainer.stage;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.trainer.Doomed;
import dev.darkroom.trainer.loop.TrainingRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A recipe whose process is killed with SIGKILL in every stage, and while it saves. */
class KilledRunTest {
    private static final Map<String, Integer> STEPS = Map.of("clip", 9, "vae", 5, "unet", 5);
    private static final String NOWHERE = "";

    @TempDir Path folder = Path.of("");

    /** Two batches of latents, and a CLIP of which a save takes long enough to be met. */
    private Path recipe() throws IOException {
        ObjectNode json = ShortRecipe.of(STEPS.get("clip"), STEPS.get("vae"), STEPS.get("unet"));
        json.put("draws", 16);
        for (String half : List.of("text_config", "vision_config")) {
            json.withObject("clip")
                    .withObject("network")
                    .withObject(half)
                    .put("num_hidden_layers", 1)
                    .put("intermediate_size", 4096);
        }
        return ShortRecipe.write(json, folder.resolve("recipe.json"));
    }

    @Test
    void losesTheStepsSinceTheLastSaveAndNothingElse() throws IOException {
        Path recipe = recipe();
        Path run = killInTheTokenizer(recipe);
        long saved = killInASave(run, recipe);
        try (Doomed process = start(run, recipe, "step vae 4")) {
            process.await("step vae 4");
            process.kill();
            assertThat(process.told("step clip "))
                    .startsWith(Long.toString(saved + 1))
                    .endsWith("9");
            assertThat(process.told("step vae ")).containsExactly("1", "2", "3", "4");
        }
        try (Doomed process = start(run, recipe, "encoded")) {
            process.await("encoded");
            process.kill();
            assertThat(process.told("step ")).containsExactly("vae 4", "vae 5");
        }
        try (Doomed process = start(run, recipe, "step unet 5")) {
            process.await("step unet 5");
            process.kill();
            assertThat(process.lines())
                    .as("of two batches the second, after which nobody is asked")
                    .startsWith("step unet 1");
        }
        try (Doomed process = start(run, recipe, NOWHERE)) {
            process.killWhen(() -> Files.exists(run.resolve("checkpoint.part")));
            assertThat(process.told("step ")).containsExactly("unet 4", "unet 5");
        }
        try (Doomed process = start(run, recipe, NOWHERE)) {
            process.awaitEnd();
            assertThat(process.lines()).isEmpty();
        }
        Path whole = folder.resolve("whole");
        try (Doomed process = start(whole, recipe, NOWHERE)) {
            process.awaitEnd();
        }

        assertThat(Doomed.files(run.resolve("checkpoint")))
                .isEqualTo(Doomed.files(whole.resolve("checkpoint")));
        STEPS.forEach(
                (stage, steps) -> {
                    assertThat(record(run, stage))
                            .extracting(TrainingRecord.Line::step)
                            .containsExactlyElementsOf(
                                    LongStream.rangeClosed(1, steps).boxed().toList());
                    assertThat(losses(run, stage)).isEqualTo(losses(whole, stage));
                });
    }

    /**
     * Until it is met, in a new folder each time: it does not take long.
     *
     * @return the folder
     */
    private Path killInTheTokenizer(Path recipe) throws IOException {
        for (int tries = 1; ; tries++) {
            Path run = folder.resolve("killed-" + tries);
            Path part = run.resolve("tokenizer.part");
            try (Doomed process = start(run, recipe, NOWHERE)) {
                process.killWhen(() -> Files.exists(part) || Files.exists(run.resolve("clip")));
                if (Files.exists(part)) {
                    assertThat(process.told("step ")).isEmpty();
                    return run;
                }
            }
            assertThat(tries).as("was met too late").isLessThan(10);
        }
    }

    /**
     * Until one is met: then what was being written lies there.
     *
     * @return steps of the last save that was told
     */
    private static long killInASave(Path run, Path recipe) throws IOException {
        Path draft = run.resolve("clip/.state.safetensors.part");
        long saved = 0;
        do {
            try (Doomed process = start(run, recipe, NOWHERE)) {
                if (saved == 0) {
                    process.await("saved clip 3");
                }
                process.killWhen(() -> Files.exists(draft));
                for (String each : process.told("saved clip ")) {
                    saved = Long.parseLong(each);
                }
            }
            assertThat(saved).as("saves were met too late").isLessThan(STEPS.get("clip"));
        } while (!Files.exists(draft));
        return saved;
    }

    private static Doomed start(Path run, Path recipe, String last) throws IOException {
        return Doomed.start(RecipeProcess.class, List.of(run.toString(), recipe.toString(), last));
    }

    private static List<TrainingRecord.Line> record(Path run, String stage) {
        return TrainingRecord.read(RunObserver.record(run, stage));
    }

    private static List<Double> losses(Path run, String stage) {
        return record(run, stage).stream().map(TrainingRecord.Line::loss).toList();
    }
}
