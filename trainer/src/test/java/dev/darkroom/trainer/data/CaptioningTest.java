package dev.darkroom.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class CaptioningTest {
    @TempDir Path folder = Path.of("");

    @BeforeEach
    void writesPictures() throws IOException {
        for (String name : List.of("a.png", "b.png", "deep/c d.png")) {
            Pictures.write(Pictures.flat(8, 8, 0), folder.resolve(name));
        }
        Files.writeString(
                folder.resolve("metadata.jsonl"),
                "{\"file_name\": \"a.png\", \"text\": \"mine\", \"source\": \"me\"}\n");
    }

    private static Captioner command(String script) {
        return new CommandCaptioner(script);
    }

    private String metadata() throws IOException {
        return Files.readString(folder.resolve("metadata.jsonl"));
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void asksAProgramForWhatIsMissing() throws IOException {
        int captioned =
                Captioning.complete(
                        folder,
                        command(
                                "while read -r name; do test -f \"$name\" || exit 3;"
                                        + " printf '{\"file_name\": \"%s\", \"text\": \"seen %s\"}\\n'"
                                        + " \"$name\" \"$name\"; done"));
        assertThat(captioned).isEqualTo(2);
        assertThat(metadata().lines())
                .containsExactly(
                        "{\"file_name\":\"a.png\",\"text\":\"mine\",\"source\":\"me\"}",
                        "{\"file_name\":\"b.png\",\"text\":\"seen b.png\"}",
                        "{\"file_name\":\"deep/c d.png\",\"text\":\"seen deep/c d.png\"}");
        assertThat(Captioning.complete(folder, command("exit 1"))).isZero();
        try (var left = Files.list(folder)) {
            assertThat(left.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("a.png", "b.png", "deep", "metadata.jsonl");
        }
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void keepsWhatAProgramSaidBeforeItFailed() throws IOException {
        Captioner failing =
                command("printf '{\"file_name\": \"b.png\", \"text\": \"b\"}\\n'; exit 7");
        assertThatThrownBy(() -> Captioning.complete(folder, failing))
                .hasMessageContaining("the captioner ended with status 7");
        assertThat(metadata()).contains("{\"file_name\":\"b.png\",\"text\":\"b\"}");
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void refusesAnswersThatAreNone() throws IOException {
        String before = metadata();
        assertThatThrownBy(() -> Captioning.complete(folder, command("echo a dog")))
                .hasMessageContaining("the captioner's line 1: ");
        assertThatThrownBy(
                        () ->
                                Captioning.complete(
                                        folder,
                                        command(
                                                "echo '{\"file_name\": \"x.png\", \"text\": \"x\"}'")))
                .hasMessageContaining("the captioner's line 1 names a file not asked for");
        assertThat(metadata()).isEqualTo(before);
    }

    @Test
    void takesWhatAnotherProgramWrote() throws IOException {
        Path written = folder.resolve("blip.jsonl");
        Files.write(
                written,
                List.of(
                        "{\"file_name\": \"a.png\", \"text\": \"not asked for\"}",
                        "{\"file_name\": \"deep/c d.png\", \"text\": [\"c\", \"d\"]}"));
        assertThat(Captioning.complete(folder, new MetadataCaptioner(written))).isEqualTo(1);
        assertThat(metadata().lines())
                .containsExactly(
                        "{\"file_name\":\"a.png\",\"text\":\"mine\",\"source\":\"me\"}",
                        "{\"file_name\":\"deep/c d.png\",\"text\":[\"c\",\"d\"]}");
    }

    @Test
    void addsToLinesThatAreThere() throws IOException {
        Path file = folder.resolve("metadata.jsonl");
        CaptionFile.merge(file, Map.of("a.png", Set.of("mine", "yours")));
        assertThat(CaptionFile.read(file).get(0).captions())
                .containsExactlyInAnyOrder("mine", "yours");
        assertThat(metadata()).contains("\"source\":\"me\"");
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void fillsInLinesOfASubfolderThatHaveNoCaption() throws IOException {
        Files.writeString(folder.resolve("deep/metadata.jsonl"), "{\"file_name\": \"c d.png\"}");
        Captioning.complete(
                folder, command("sed 's/.*/{\"file_name\": \"&\", \"text\": \"a picture\"}/'"));
        ImageFolder dataset = ImageFolder.read(folder, folder, ImageFolder.Settings.standard(8, 8));
        assertThat(dataset.size()).isEqualTo(3);
        assertThat(dataset.captions()).containsExactly("mine", "a picture");
    }
}
