package dev.darkroom.trainer.service;

import dev.darkroom.contract.checkpoint.CheckpointFile;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.storage.ObjectKey;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.contract.storage.Sha256;
import dev.darkroom.contract.training.TrainingRequest;
import dev.darkroom.platform.lease.Lease;
import dev.darkroom.platform.objectstore.ObjectStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a run folder in the bucket, so that another trainer can go on from its last save.
 *
 * <p>Layout under {@code training/<model>/<id>/<epoch>/}: {@code files/<sha256>} and, written after
 * all its files, {@code saves/<number>.json} which lists them. The epoch is that of the lease under
 * which it was written. A trainer that was given up on and comes back writes and removes under its
 * own epoch only, which nobody reads once there is a save of a higher one: so it can harm nothing,
 * however late it is.
 */
final class RunMirror {
    private static final Logger LOG = LoggerFactory.getLogger(RunMirror.class);
    private static final int KEPT = 2;
    private static final Pattern OF_A_SAVE = Pattern.compile("[0-9]{12}/(saves|files)/[^/]+");
    private static final Set<String> UNFINISHED = Set.of(".part", ".tmp", ".new");

    private final ObjectStore store;
    private final String prefix;
    private final Lease lease;
    private final Set<String> uploaded = new HashSet<>();
    private final List<Save> saves = new ArrayList<>();
    private long number;

    RunMirror(ObjectStore store, TrainingRequest request, Lease lease) {
        this.store = store;
        this.prefix = ObjectKeys.training(request.model(), request.id());
        this.lease = lease;
    }

    /** What a save's manifest says; numbers rise over all epochs. */
    record Save(long number, List<CheckpointFile> files) {
        Save {
            files = List.copyOf(files);
        }
    }

    /**
     * Brings the last save into the folder; what else lies there goes.
     *
     * @return its number, or nothing where there is none
     */
    Optional<Long> restore(Path folder) throws IOException {
        Files.createDirectories(folder);
        for (ObjectKey key : manifests()) {
            Optional<Save> save = store.find(key).map(json -> Json.readTolerant(json, Save.class));
            if (save.isPresent() && bring(key, save.get(), folder)) {
                number = save.get().number();
                return Optional.of(number);
            }
        }
        Folders.empty(folder, Set.of());
        return Optional.empty();
    }

    /** Of all epochs, the last save first. */
    private List<ObjectKey> manifests() {
        return store.list(prefix).stream()
                .filter(this::isOfASave)
                .filter(key -> key.value().contains("/saves/"))
                .sorted(Comparator.comparing(ObjectKey::value).reversed())
                .toList();
    }

    private boolean bring(ObjectKey manifest, Save save, Path folder) throws IOException {
        String epoch = manifest.value().substring(0, manifest.value().indexOf("/saves/"));
        for (CheckpointFile file : save.files()) {
            Path path = folder.resolve(file.path());
            Files.createDirectories(Objects.requireNonNull(path.getParent()));
            if (matches(path, file)) {
                continue;
            }
            ObjectKey key = new ObjectKey(epoch + "/files/" + file.sha256());
            if (!store.download(key, path) || !matches(path, file)) {
                LOG.warn("save {} lacks {}: the one before it is taken", manifest, file.path());
                return false;
            }
        }
        Set<Path> wanted = new HashSet<>();
        save.files().forEach(file -> wanted.add(folder.resolve(file.path())));
        Folders.empty(folder, wanted);
        return true;
    }

    private static boolean matches(Path path, CheckpointFile file) throws IOException {
        return Files.isRegularFile(path)
                && Files.size(path) == file.size()
                && Sha256.of(path).equals(file.sha256());
    }

    /**
     * Uploads what changed, then the manifest, then forgets all but the last saves.
     *
     * @throws DarkroomException LOCK_LOST where the lease is
     */
    void save(Path folder) {
        Save save = new Save(number + 1, files(folder));
        for (CheckpointFile file : save.files()) {
            if (uploaded.add(file.sha256())) {
                if (!lease.isHeld()) {
                    lease.requireHeld();
                }
                store.putFile(
                        key("files/" + file.sha256()),
                        folder.resolve(file.path()),
                        "application/octet-stream");
            }
        }
        lease.requireHeld();
        store.put(
                key("saves/" + String.format("%012d", save.number()) + ".json"),
                Json.write(save),
                "application/json");
        number = save.number();
        saves.add(save);
        prune();
    }

    private List<CheckpointFile> files(Path folder) {
        List<CheckpointFile> files = new ArrayList<>();
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.filter(Files::isRegularFile).sorted().toList()) {
                String name = folder.relativize(path).toString().replace('\\', '/');
                if (UNFINISHED.stream().noneMatch(name::endsWith)) {
                    files.add(new CheckpointFile(name, Files.size(path), Sha256.of(path)));
                }
            }
        } catch (IOException e) {
            throw new DarkroomException(
                    ErrorCode.RESOURCE_EXHAUSTED, "cannot read the run folder " + folder, e);
        }
        return files;
    }

    private void prune() {
        while (saves.size() > KEPT) {
            saves.remove(0);
        }
        Set<ObjectKey> wanted = new HashSet<>();
        for (Save save : saves) {
            wanted.add(key("saves/" + String.format("%012d", save.number()) + ".json"));
            save.files().forEach(file -> wanted.add(key("files/" + file.sha256())));
        }
        uploaded.removeIf(sha -> !wanted.contains(key("files/" + sha)));
        String mine = key("").value();
        for (ObjectKey key : store.list(prefix)) {
            boolean older = isOfASave(key) && key.value().compareTo(mine) < 0;
            if (older || (key.value().startsWith(mine) && !wanted.contains(key))) {
                store.delete(key);
            }
        }
    }

    /** Removes every save: what lists the files of one first, so that none is left without them. */
    void clear() {
        manifests().forEach(store::delete);
        store.list(prefix).stream().filter(this::isOfASave).forEach(store::delete);
    }

    private boolean isOfASave(ObjectKey key) {
        return OF_A_SAVE.matcher(key.value().substring(prefix.length())).matches();
    }

    private ObjectKey key(String name) {
        return new ObjectKey(prefix + String.format("%012d", lease.epoch()) + "/" + name);
    }
}
