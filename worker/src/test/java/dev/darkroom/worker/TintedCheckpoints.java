package dev.darkroom.worker;

import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointFile;
import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointManifest;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.storage.Sha256;
import dev.darkroom.testing.Checkout;
import dev.darkroom.testing.SafetensorsEditor;
import dev.darkroom.trainer.importing.DiffusersImporter;
import dev.darkroom.trainer.importing.ImportOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Versions of one model that can be told apart by their pictures, and spoiled ones. */
final class TintedCheckpoints {
    private static final String LAST_BIAS = "decoder.conv_out.bias";
    private static final int HALF_QUARTER = 0x3400;
    private static final int HALF_LARGEST = 0x7bff;

    private final Path folder = ScratchFolder.make("darkroom-tinted");
    private final ModelName model;

    TintedCheckpoints(ModelName model) {
        this.model = model;
    }

    /** The bundled model with more of one colour in every picture; an imported folder. */
    Path tinted(int channel) throws IOException {
        return imported(
                "tinted-" + channel, editor -> editor.setHalf(LAST_BIAS, channel, HALF_QUARTER));
    }

    /** Makes white pictures of anything. */
    Path white() throws IOException {
        return imported(
                "white",
                editor -> {
                    for (int channel = 0; channel < 3; channel++) {
                        editor.setHalf(LAST_BIAS, channel, HALF_LARGEST);
                    }
                });
    }

    private interface Edit {
        void apply(SafetensorsEditor editor);
    }

    private Path imported(String name, Edit edit) throws IOException {
        Path source = folder.resolve(name + "-source");
        copy(Checkout.bundledModel(), source);
        SafetensorsEditor editor =
                SafetensorsEditor.open(source.resolve("vae/diffusion_pytorch_model.safetensors"));
        edit.apply(editor);
        editor.save();
        Path made = folder.resolve(name);
        new DiffusersImporter(Clock.systemUTC())
                .importFolder(source, model, ImportOptions.NONE, made, (done, total) -> {});
        return made;
    }

    /** A whole checkpoint whose manifest vouches for a network that is none. */
    Path withoutNetwork(Path checkpoint) throws IOException {
        Path made = folder.resolve("without-network");
        copy(checkpoint, made);
        Files.write(made.resolve("unet/saved_model.pb"), new byte[] {1, 2, 3});
        return vouched(made, "00000000bad1");
    }

    private static Path vouched(Path folder, String version) throws IOException {
        CheckpointManifest before = manifest(folder);
        List<CheckpointFile> files = new ArrayList<>();
        for (CheckpointFile file : before.files()) {
            Path path = folder.resolve(file.path());
            files.add(new CheckpointFile(file.path(), Files.size(path), Sha256.of(path)));
        }
        Files.write(
                folder.resolve(CheckpointConfiguration.MANIFEST_FILE),
                Json.writePretty(
                        new CheckpointManifest(
                                before.format(),
                                before.model(),
                                new CheckpointVersion(version),
                                before.source(),
                                before.createdAt(),
                                files)));
        return folder;
    }

    static CheckpointManifest manifest(Path folder) throws IOException {
        return Json.read(
                Files.readAllBytes(folder.resolve(CheckpointConfiguration.MANIFEST_FILE)),
                CheckpointManifest.class);
    }

    static CheckpointId id(Path folder) throws IOException {
        return manifest(folder).id();
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> walk = Files.walk(from)) {
            walk.forEach(
                    path -> {
                        try {
                            Path target = to.resolve(from.relativize(path).toString());
                            if (Files.isDirectory(path)) {
                                Files.createDirectories(target);
                            } else {
                                Files.copy(path, target);
                            }
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    });
        }
    }
}
