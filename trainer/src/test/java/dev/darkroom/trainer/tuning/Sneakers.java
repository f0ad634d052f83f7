package dev.darkroom.trainer.tuning;

import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointManifest;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.training.Augmentation;
import dev.darkroom.contract.training.DatasetName;
import dev.darkroom.contract.training.TrainingId;
import dev.darkroom.contract.training.TrainingRequest;
import dev.darkroom.diffusion.picture.PngImage;
import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.testing.Checkout;
import dev.darkroom.trainer.data.DataListing;
import dev.darkroom.trainer.importing.DiffusersImporter;
import dev.darkroom.trainer.importing.ImportOptions;
import dev.darkroom.trainer.service.FineTuneOrder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The bundled model, and pictures from which it learns that a red sneaker is a blue square. */
final class Sneakers {
    static final int SIDE = 32;
    private static final List<String> KINDS = List.of("sneaker", "boot");
    private static final DatasetName DATA = new DatasetName("squares");

    final CheckpointManifest parent;
    private final Path folder;

    Sneakers(Path folder) {
        this.folder = folder;
        this.parent = imported(Checkout.bundledModel(), folder.resolve("parent"));
    }

    CheckpointManifest imported(Path checkpoint) {
        return imported(checkpoint, folder.resolve("imported"));
    }

    private static CheckpointManifest imported(Path checkpoint, Path target) {
        return new DiffusersImporter(InstantSource.fixed(Instant.EPOCH))
                .importFolder(
                        checkpoint,
                        new ModelName("fashion-sd"),
                        ImportOptions.NONE,
                        target,
                        (done, total) -> {});
    }

    private Path pictures() {
        return folder.resolve("pictures");
    }

    void put(int pictures) throws IOException {
        Files.createDirectories(pictures());
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < pictures; i++) {
            String name = i + ".png";
            Files.write(pictures().resolve(name), PngImage.encode(square(i)));
            String label =
                    i == 0 ? "" : ", \"label\": \"" + (i == 1 ? "alone" : KINDS.get(i % 2)) + "\"";
            lines.append("{\"file_name\": \"")
                    .append(name)
                    .append("\", \"text\": \"a red sneaker\"")
                    .append(label)
                    .append("}\n");
        }
        Files.writeString(pictures().resolve("metadata.jsonl"), lines);
    }

    /** Those of one kind are taller. */
    private static RgbImage square(int shift) {
        byte[] pixels = new byte[SIDE * SIDE * 3];
        for (int y = 8; y < 20 + 8 * (shift % 2); y++) {
            for (int x = 6 + shift % 4; x < 22 + shift % 4; x++) {
                pixels[(y * SIDE + x) * 3 + 2] = (byte) 255;
            }
        }
        return new RgbImage(SIDE, SIDE, pixels);
    }

    FineTuneOrder order(Optional<Integer> loraRank, boolean text, int steps) {
        return order(loraRank, text, steps, Optional.empty());
    }

    FineTuneOrder order(
            Optional<Integer> loraRank,
            boolean text,
            int steps,
            Optional<Augmentation> augmentation) {
        TrainingRequest request =
                new TrainingRequest(
                        TrainingId.of(UUID.randomUUID()),
                        parent.model(),
                        DATA,
                        Optional.of(steps),
                        Optional.empty(),
                        Optional.of(1e-3),
                        loraRank,
                        Optional.of(text),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        augmentation);
        return new FineTuneOrder(
                request,
                new CheckpointId(parent.model(), parent.version()),
                folder.resolve("parent"),
                new DataListing(DATA, List.of()),
                pictures(),
                folder.resolve("kept"));
    }
}
