package dev.darkroom.trainer.data;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.storage.ObjectKey;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.platform.objectstore.ObjectStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A data set of the bucket as a local folder, for {@link ImageFolder}: what a listing names, with
 * the content that it had then, whatever has become of the bucket since.
 *
 * <p>Each file is fetched beside its place and moved there when whole, and a line of {@code
 * fetched.jsonl} then says which content it has. One that was killed goes on after the last line;
 * one that is given another listing fetches what differs and removes what that does not name.
 */
public final class DatasetMirror {
    private final ObjectStore store;
    private final DataListing listing;
    private final Path files;
    private final Path part;
    private final Path record;

    /** A line of the record. */
    private record Fetched(String path, long size, String tag) {}

    /**
     * @param cache folder of all mirrors; no other process may write there
     */
    public DatasetMirror(ObjectStore store, DataListing listing, Path cache) {
        this.store = store;
        this.listing = listing;
        Path folder = cache.resolve(listing.dataset().value()).toAbsolutePath().normalize();
        this.files = folder.resolve("files");
        this.part = folder.resolve("part");
        this.record = folder.resolve("fetched.jsonl");
    }

    /** The folder of pictures and metadata. */
    public Path files() {
        return files;
    }

    /**
     * Makes the folder what the listing names. What lies there already is not asked for again.
     *
     * @return an object that is gone or has another content than was listed, and that is not here;
     *     nothing where the folder is whole
     * @throws DarkroomException INVALID_DATASET where the listing names nothing, or a key that is
     *     no path; RESOURCE_EXHAUSTED where the folder cannot be written
     */
    public Optional<ObjectKey> fetch() {
        Map<String, Fetched> wanted = wanted();
        try {
            Files.createDirectories(files);
            Map<String, Fetched> known = known();
            removeOthers(wanted);
            for (Fetched file : wanted.values()) {
                boolean here = file.equals(known.get(file.path)) && isThere(file);
                if (!here && !fetch(file)) {
                    return Optional.of(key(file));
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            throw new DarkroomException(
                    ErrorCode.RESOURCE_EXHAUSTED,
                    "data set " + listing.dataset() + " cannot be kept in " + files + ": " + e,
                    e);
        }
    }

    private Map<String, Fetched> wanted() {
        String prefix = ObjectKeys.dataset(listing.dataset());
        Map<String, Fetched> wanted = new LinkedHashMap<>();
        for (DataListing.Entry object : listing.objects()) {
            String path = object.key().value().substring(prefix.length());
            // Some clients mark a folder by an empty object.
            if (!path.isEmpty() && !path.endsWith("/")) {
                requireInside(path);
                wanted.put(path, new Fetched(path, object.size(), object.tag()));
            }
        }
        if (wanted.isEmpty()) {
            throw InvalidDataset.because("the bucket has nothing under " + prefix);
        }
        return wanted;
    }

    private void requireInside(String path) {
        boolean inside = path.indexOf('\\') < 0 && path.indexOf('\0') < 0;
        for (String piece : path.split("/", -1)) {
            inside &= !piece.isEmpty() && !piece.equals(".") && !piece.equals("..");
        }
        if (!inside || !files.resolve(path).normalize().startsWith(files)) {
            throw InvalidDataset.because(
                    "data set " + listing.dataset() + " has a key that is no path: " + path);
        }
    }

    private Map<String, Fetched> known() throws IOException {
        Map<String, Fetched> known = new LinkedHashMap<>();
        if (!Files.exists(record)) {
            return known;
        }
        for (String line : Files.readString(record).split("\n", -1)) {
            fetched(line).ifPresent(file -> known.put(file.path, file));
        }
        return known;
    }

    /** Nothing of a line that was cut short: then its file is fetched again. */
    private static Optional<Fetched> fetched(String line) {
        try {
            return Optional.of(Json.read(line.getBytes(StandardCharsets.UTF_8), Fetched.class));
        } catch (DarkroomException e) {
            return Optional.empty();
        }
    }

    private boolean isThere(Fetched file) throws IOException {
        Path place = files.resolve(file.path);
        return Files.isRegularFile(place) && Files.size(place) == file.size;
    }

    private void removeOthers(Map<String, Fetched> wanted) throws IOException {
        List<Path> present;
        try (Stream<Path> tree = Files.walk(files)) {
            present = tree.filter(Files::isRegularFile).toList();
        }
        for (Path file : present) {
            String path =
                    files.relativize(file)
                            .toString()
                            .replace(file.getFileSystem().getSeparator(), "/");
            if (!wanted.containsKey(path)) {
                Files.delete(file);
            }
        }
        removeEmptyFolders();
    }

    /** A folder means something to readers: {@code train} would be taken for the data set. */
    private void removeEmptyFolders() throws IOException {
        List<Path> folders;
        try (Stream<Path> tree = Files.walk(files)) {
            folders =
                    tree.filter(path -> !path.equals(files) && Files.isDirectory(path))
                            .sorted(Comparator.reverseOrder())
                            .toList();
        }
        for (Path folder : folders) {
            boolean empty;
            try (Stream<Path> inside = Files.list(folder)) {
                empty = inside.findAny().isEmpty();
            }
            if (empty) {
                Files.delete(folder);
            }
        }
    }

    private ObjectKey key(Fetched file) {
        return ObjectKeys.datasetFile(listing.dataset(), file.path);
    }

    private boolean fetch(Fetched file) throws IOException {
        if (!store.download(key(file), part, file.tag) || Files.size(part) != file.size) {
            return false;
        }
        Path place = files.resolve(file.path);
        Files.createDirectories(place.getParent());
        Files.move(part, place, StandardCopyOption.REPLACE_EXISTING);
        // Begun with an end of line, so that a line cut short spoils only itself.
        Files.writeString(
                record,
                "\n" + new String(Json.write(file), StandardCharsets.UTF_8),
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
        return true;
    }
}
