package dev.darkroom.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DatasetFingerprintTest {
    private static final int MANY = 1_000;

    @TempDir Path folder = Path.of("");

    @Test
    void seesEveryPictureOfFashionMnist() throws IOException {
        int[] greys = IntStream.range(0, MANY).map(i -> i % 200).toArray();
        String before = fashion(greys);
        assertThat(fashion(greys)).isEqualTo(before);
        greys[MANY - 2]++;

        assertThat(fashion(greys)).isNotEqualTo(before);
        assertThat(fashion(IntStream.of(greys).limit(MANY - 1).toArray())).isNotEqualTo(before);
    }

    private String fashion(int... greys) throws IOException {
        FashionFiles.write(folder, "t10k", false, greys);
        return DatasetFingerprint.of(
                FashionMnist.read(
                        folder, FashionMnist.Split.TEST, FashionMnist.Settings.standard()));
    }

    @Test
    void seesEveryCaptionAndPictureOfAFolderAndOfItsParts() throws IOException {
        for (int i = 0; i < 4; i++) {
            Pictures.write(Pictures.flat(64, 64, 0x102030 * i), folder.resolve(i + ".png"));
        }
        captions("[\"a\", \"b\"]");
        ImageFolder before = pictures();
        assertThat(DatasetFingerprint.of(pictures())).isEqualTo(DatasetFingerprint.of(before));
        captions("[\"a\", \"c\"]");
        assertOtherThan(before);
        captions("[\"a\", \"b\"]");
        Pictures.write(Pictures.flat(64, 64, 0x000001), folder.resolve("0.png"));
        assertOtherThan(before);
    }

    private void captions(String ofTheFirst) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 4; i++) {
            lines.append("{\"file_name\": \"").append(i).append(".png\", \"captions\": ");
            lines.append(i == 0 ? ofTheFirst : "[\"a\", \"b\"]").append("}\n");
        }
        Files.writeString(folder.resolve("metadata.jsonl"), lines);
    }

    private ImageFolder pictures() {
        return ImageFolder.read(
                folder, folder.resolve("cache"), ImageFolder.Settings.standard(64, 16));
    }

    private void assertOtherThan(ImageFolder before) {
        ImageFolder after = pictures();
        assertThat(DatasetFingerprint.of(after)).isNotEqualTo(DatasetFingerprint.of(before));
        assertThat(halves(after)).isNotEqualTo(halves(before));
    }

    private static String halves(ImageFolder dataset) {
        HoldOut parts = HoldOut.of(dataset, 1);
        return DatasetFingerprint.of(parts.training()) + DatasetFingerprint.of(parts.heldOut());
    }
}
