package dev.darkroom.trainer.data;

import dev.darkroom.trainer.data.CaptionFile.Line;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The files of an imagefolder: pictures in a folder and its sub-folders, and {@code metadata.jsonl}
 * in any of these, which names files from its own folder on. Where there is a sub-folder {@code
 * train}, only what lies in it is trained on.
 */
final class PictureFiles {
    private static final List<String> ENDINGS = List.of(".png", ".jpg", ".jpeg", ".gif", ".bmp");

    private final Path folder;
    private final Path root;

    /** A picture and what is said of it, and where. */
    record Captioned(Path file, List<String> captions, Optional<String> label, String where) {
        /** With what another metadata file says of the same picture, which may not contradict. */
        private Captioned and(Captioned other) {
            boolean captionedTwice = !captions.isEmpty() && !other.captions.isEmpty();
            boolean labelledTwice = label.isPresent() && other.label.isPresent();
            if (captionedTwice || (labelledTwice && !label.equals(other.label))) {
                throw InvalidDataset.because(
                        other.where + ": " + file + " is there already in " + where);
            }
            return captions.isEmpty()
                    ? new Captioned(file, other.captions, other.label.or(() -> label), other.where)
                    : new Captioned(file, captions, label.or(other::label), where);
        }
    }

    PictureFiles(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw InvalidDataset.because(folder + " is no folder");
        }
        this.folder = folder.toAbsolutePath().normalize();
        Path train = this.folder.resolve("train");
        this.root = Files.isDirectory(train) ? train : this.folder;
    }

    /** Every picture by its ending, in the order of their paths. */
    List<Path> pictures() {
        return files(root).stream().filter(PictureFiles::isPicture).toList();
    }

    private static boolean isPicture(Path file) {
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        return !name.startsWith(".") && ENDINGS.stream().anyMatch(name::endsWith);
    }

    private static List<Path> files(Path under) {
        try (Stream<Path> tree = Files.walk(under)) {
            return tree.filter(Files::isRegularFile).sorted().toList();
        } catch (IOException e) {
            throw InvalidDataset.because(under + " cannot be listed: " + e, e);
        }
    }

    /**
     * Every picture that a metadata file names, in the order of their paths; with no captions where
     * its line has none.
     */
    List<Captioned> captioned() {
        Map<Path, Captioned> found = new TreeMap<>();
        for (Path metadata : metadataFiles()) {
            for (Line line : CaptionFile.read(metadata)) {
                Path file = metadata.resolveSibling(line.fileName()).normalize();
                if (!file.startsWith(root)) {
                    continue;
                }
                String where = metadata + ", line " + line.number();
                if (!Files.isRegularFile(file)) {
                    throw InvalidDataset.because(where + ": there is no file " + file);
                }
                found.merge(
                        file,
                        new Captioned(file, line.captions(), line.label(), where),
                        Captioned::and);
            }
        }
        return List.copyOf(found.values());
    }

    private List<Path> metadataFiles() {
        List<Path> metadata = new ArrayList<>();
        if (!root.equals(folder) && Files.isRegularFile(folder.resolve(CaptionFile.NAME))) {
            metadata.add(folder.resolve(CaptionFile.NAME));
        }
        files(root).stream().filter(file -> file.endsWith(CaptionFile.NAME)).forEach(metadata::add);
        return metadata;
    }

    /** The folder that pictures are named from. */
    Path root() {
        return root;
    }
}
