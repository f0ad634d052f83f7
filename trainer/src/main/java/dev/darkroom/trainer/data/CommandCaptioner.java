package dev.darkroom.trainer.data;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.error.Excerpt;
import dev.darkroom.trainer.data.CaptionFile.Line;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * A program that captions: started by the shell in the pictures' folder, given their names on
 * standard input one a line, answering with lines of {@code metadata.jsonl} on standard output, in
 * any order. What it says on standard error is shown as it is.
 *
 * @param command for the shell
 */
public record CommandCaptioner(String command) implements Captioner {
    private static final int SHOWN = 200;

    @Override
    public void caption(Path folder, List<String> fileNames, BiConsumer<String, String> found) {
        Process process = start(folder);
        Thread asking = new Thread(() -> ask(process, fileNames), "captioner-names");
        asking.setDaemon(true);
        asking.start();
        try {
            answers(process, new HashSet<>(fileNames), found);
            int status = process.waitFor();
            if (status != 0) {
                throw InvalidDataset.because(
                        "the captioner ended with status " + status + ": " + command);
            }
        } catch (IOException e) {
            throw InvalidDataset.because("the captioner's answer cannot be read: " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DarkroomException(ErrorCode.NOT_READY, "interrupted while captioning", e);
        } finally {
            process.destroy();
        }
    }

    private Process start(Path folder) {
        boolean windows = File.separatorChar == '\\';
        try {
            return new ProcessBuilder(windows ? "cmd" : "sh", windows ? "/c" : "-c", command)
                    .directory(folder.toFile())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
        } catch (IOException e) {
            throw InvalidDataset.because("the captioner cannot be started: " + e, e);
        }
    }

    private static void ask(Process process, List<String> fileNames) {
        try (BufferedWriter names = process.outputWriter(StandardCharsets.UTF_8)) {
            for (String name : fileNames) {
                names.write(name);
                names.write('\n');
            }
        } catch (IOException e) {
            // It ended, or reads no names; its status and answers tell whether that was right.
            return;
        }
    }

    private static void answers(
            Process process, Set<String> asked, BiConsumer<String, String> found)
            throws IOException {
        BufferedReader in = process.inputReader(StandardCharsets.UTF_8);
        int number = 0;
        for (String text = in.readLine(); text != null; text = in.readLine()) {
            number++;
            if (text.isBlank()) {
                continue;
            }
            String where = "the captioner's line " + number;
            Line line = CaptionFile.parse(where, number, text);
            if (!asked.contains(line.fileName())) {
                throw InvalidDataset.because(
                        where + " names a file not asked for: " + Excerpt.of(text, SHOWN));
            }
            line.captions().forEach(caption -> found.accept(line.fileName(), caption));
        }
    }
}
