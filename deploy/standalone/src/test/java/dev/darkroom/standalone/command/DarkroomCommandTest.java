package dev.darkroom.standalone.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.testing.Checkout;
import dev.darkroom.trainer.stage.RunFolder;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** What command lines are taken, and what is said of others; nothing is started. */
class DarkroomCommandTest {
    private final ByteArrayOutputStream said = new ByteArrayOutputStream();

    @TempDir Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cancel 0b2d7c1e-3f6a-4c58-9d0e-5a1b2c3d4e5f 1b2d7c1e-3f6a-4c58-9d0e-5a1b2c3d4e5f",
                "submit shoe --deadline 2026-01-31T12:00:00Z",
                "generate shoe --expires-in 10m",
                "train --model fashion-sd --dataset sneakers",
                "train --recipe recipe.json --data data --run run",
                "evaluate run/checkpoint --data data --guidance 1,2.5 --pictures 200 --clip clip",
                "evaluate fashion-sd@0123456789ab --data data --inception net --inception-side 99",
                "benchmark --training recipe.json --batch 64 --threads 2"
            })
    void takesWhatTheHelpPromises(String line) {
        assertThat(commandLine().parseArgs(line.split(" ")).errors()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cancel",
                "train --model fashion-sd --recipe recipe.json",
                "train --steps 5",
                "evaluate run/checkpoint",
                "evaluate run/checkpoint --data data --guidance many",
                "evaluate run/checkpoint --data data --inception-output pool_3"
            })
    void refusesWhatCannotBeMeant(String line) {
        assertThat(commandLine().execute(line.split(" "))).isEqualTo(ExitCode.USAGE);
        assertThat(said()).contains("--help");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--steps 5",
                "--minutes 5",
                "--learning-rate 0.1",
                "--lora 4",
                "--text-encoder",
                "--flips 0.5",
                "--shift 2",
                "--tints 0.3",
                "--loss-margin 1",
                "--score-margin 1",
                "--canary 10",
                "--no-promote",
                "--detach",
                "--json",
                "--server http://127.0.0.1:1"
            })
    void refusesBesideARecipeWhatBelongsToFineTuning(String option) {
        String line = "train --recipe recipe.json --data data --run run -v " + option;

        assertThat(commandLine().execute(line.split(" "))).isEqualTo(ExitCode.USAGE);
        assertThat(said())
                .contains(option.split(" ")[0] + " belongs to fine-tuning", "train --help")
                .doesNotContain("--verbose", "there is no recipe");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--deadline tomorrow",
                "--expires-in soon",
                "--expires-in 0",
                "--expires-in 366d",
                "--expires-in 5 --deadline 2026-01-31T12:00:00Z"
            })
    void saysWhichEndOfWaitingCannotBeMeant(String options) {
        assertThat(commandLine().execute(("submit shoe " + options).split(" ")))
                .isEqualTo(ExitCode.USAGE);
        assertThat(said()).containsAnyOf("deadline", "--expires-in");
    }

    @Test
    void saysWhichFolderIsNoCheckpoint() throws Exception {
        Path empty = Files.createDirectory(folder.resolve("empty"));

        for (Path checkpoint : new Path[] {empty, folder.resolve("missing")}) {
            int code =
                    commandLine()
                            .execute(
                                    "evaluate",
                                    checkpoint.toString(),
                                    "--data",
                                    folder.toString(),
                                    "--home",
                                    folder.resolve("home").toString());
            assertThat(code).isEqualTo(ExitCode.USAGE);
        }
        assertThat(said()).contains("model_index.json", "missing is no folder");
    }

    @Test
    void saysWhichFolderIsNoInceptionBeforeAnythingElseIsDone() throws Exception {
        Path network = Files.createDirectory(folder.resolve("network"));

        int code =
                commandLine()
                        .execute(
                                "evaluate",
                                folder.resolve("missing").toString(),
                                "--data",
                                folder.toString(),
                                "--inception",
                                network.toString());

        assertThat(code).isEqualTo(ExitCode.USAGE);
        assertThat(said()).contains("network is no SavedModel").doesNotContain("missing");
    }

    @Test
    void doesNotTrainTwiceAtOnceInOneFolder() throws Exception {
        Path run = folder.resolve("run");

        try (RunFolder held = RunFolder.take(run)) {
            int code =
                    commandLine()
                            .execute(
                                    "train",
                                    "--recipe",
                                    Checkout.root()
                                            .resolve("deploy/recipes/fashion-mnist.json")
                                            .toString(),
                                    "--data",
                                    folder.resolve("missing").toString(),
                                    "--run",
                                    held.path().toString());

            assertThat(code).isEqualTo(ExitCode.USAGE);
            assertThat(said()).contains("another training goes on").doesNotContain("missing");
        }
    }

    private CommandLine commandLine() {
        PrintStream stream = new PrintStream(said, true, StandardCharsets.UTF_8);
        Terminal terminal = new Terminal(stream, stream, false);
        return DarkroomCommand.commandLine(terminal, Map.of(), new Interruption(terminal));
    }

    private String said() {
        return said.toString(StandardCharsets.UTF_8);
    }
}
