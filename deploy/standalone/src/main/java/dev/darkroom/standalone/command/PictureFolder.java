package dev.darkroom.standalone.command;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.job.JobId;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/**
 * Where pictures are put: {@code a-red-sneaker-0b2d7c1e-0.png}, the prompt's words, the beginning
 * of the job's id and the picture's index.
 */
final class PictureFolder {
    private static final int MAX_WORDS = 40;
    private static final int ID_DIGITS = 8;

    private final Path folder;

    private PictureFolder(Path folder) {
        this.folder = folder;
    }

    /** Makes the folder where it is missing and sees that it can be written. */
    static PictureFolder open(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw unusable(folder, e.toString(), e);
        }
        if (!Files.isWritable(folder)) {
            throw unusable(folder, "not writable", null);
        }
        return new PictureFolder(folder);
    }

    /** Writes a picture; a file of another content is never overwritten. */
    Path write(String prompt, JobId job, int index, byte[] png) {
        String words = words(prompt);
        Path file =
                folder.resolve(words + job.value().substring(0, ID_DIGITS) + "-" + index + ".png");
        try {
            if (writeNew(file, png)) {
                return file;
            }
            Path longer = folder.resolve(words + job + "-" + index + ".png");
            if (writeNew(longer, png)) {
                return longer;
            }
            throw unusable(longer, "exists already with another content", null);
        } catch (IOException e) {
            throw unusable(file, e.toString(), e);
        }
    }

    private static boolean writeNew(Path file, byte[] content) throws IOException {
        try {
            Files.write(file, content, java.nio.file.StandardOpenOption.CREATE_NEW);
            return true;
        } catch (FileAlreadyExistsException e) {
            return Arrays.equals(Files.readAllBytes(file), content);
        }
    }

    /** The prompt's letters and digits, for a file name; ends with a dash unless it is empty. */
    static String words(String prompt) {
        String words =
                prompt.toLowerCase(Locale.ROOT)
                        .replaceAll("[^a-z0-9]+", "-")
                        .replaceAll("^-+|-+$", "");
        if (words.length() > MAX_WORDS) {
            words = words.substring(0, MAX_WORDS).replaceAll("-+$", "");
        }
        return words.isEmpty() ? "" : words + "-";
    }

    private static DarkroomException unusable(
            Path path, String why, @org.jspecify.annotations.Nullable Throwable cause) {
        return new DarkroomException(
                ErrorCode.INVALID_REQUEST, "cannot write " + path + ": " + why, cause);
    }
}
