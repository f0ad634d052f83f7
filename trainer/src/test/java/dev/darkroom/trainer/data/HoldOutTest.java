package dev.darkroom.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HoldOutTest {
    private static final int MOST = 240;

    @TempDir Path base = Path.of("");
    private Path folder = Path.of("");

    @BeforeEach
    void writesPictures() throws IOException {
        folder = base.resolve("pictures");
        for (int i = 0; i < MOST; i++) {
            Pictures.write(Pictures.flat(16, 16, i), folder.resolve(name(i)));
        }
    }

    /** Those that come later stand between the others in the order of their names. */
    private static String name(int picture) {
        return "sub/" + picture * 7919 % 1000 + ".png";
    }

    private HoldOut hold(int pictures, int count) throws IOException {
        List<String> lines =
                IntStream.range(0, pictures)
                        .mapToObj(
                                i ->
                                        "{\"file_name\": \"%s\", \"text\": \"%s\"}"
                                                .formatted(name(i), name(i)))
                        .toList();
        Files.write(folder.resolve("metadata.jsonl"), lines);
        return HoldOut.of(
                ImageFolder.read(
                        folder, base.resolve("cache"), ImageFolder.Settings.standard(16, 16)),
                count);
    }

    private Set<String> heldOut(int pictures) throws IOException {
        return captions(hold(pictures, pictures / 10).heldOut());
    }

    private static Set<String> captions(ImageDataset half) {
        return IntStream.range(0, half.size())
                .mapToObj(i -> half.example(i, 0).caption())
                .collect(Collectors.toSet());
    }

    @Test
    void hasEveryPictureInOneHalfOnly() throws IOException {
        HoldOut halves = hold(50, 5);

        assertThat(captions(halves.heldOut())).hasSize(5);
        assertThat(captions(halves.training()))
                .hasSize(45)
                .doesNotContainAnyElementsOf(captions(halves.heldOut()));
        assertThatThrownBy(() -> hold(50, 50)).hasMessageContaining("must be 1..49");
    }

    @Test
    void holdsOutNothingThatWasTrainedOnWhereAPictureIsAdded() throws IOException {
        Set<String> before = heldOut(120);

        // 121 pictures still hold out twelve: one of them may be the new one.
        assertThat(heldOut(121)).isSubsetOf(with(before, name(120)));
    }

    @Test
    void keepsHoldingOutWhileADataSetGrows() throws IOException {
        Set<String> before = heldOut(20);
        for (int pictures = 30; pictures <= MOST; pictures += 10) {
            Set<String> now = heldOut(pictures);
            Set<String> trainedOn = new HashSet<>(now);
            trainedOn.removeAll(before);
            for (int added = pictures - 10; added < pictures; added++) {
                trainedOn.remove(name(added));
            }
            // Ten pictures more, one held out more.
            assertThat(trainedOn).as("of %d", pictures).hasSizeLessThanOrEqualTo(1);
            before = now;
        }
    }

    private static Set<String> with(Set<String> names, String one) {
        Set<String> all = new HashSet<>(names);
        all.add(one);
        return all;
    }
}
