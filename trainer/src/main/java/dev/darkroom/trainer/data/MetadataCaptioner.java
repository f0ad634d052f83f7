package dev.darkroom.trainer.data;

import dev.darkroom.trainer.data.CaptionFile.Line;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * Captions that another program has written, such as a run of BLIP, in the form of {@code
 * metadata.jsonl}.
 *
 * @param file may lie anywhere; its names begin at the data set's folder
 */
public record MetadataCaptioner(Path file) implements Captioner {
    @Override
    public void caption(Path folder, List<String> fileNames, BiConsumer<String, String> found) {
        Set<String> asked = new HashSet<>(fileNames);
        for (Line line : CaptionFile.read(file)) {
            if (asked.contains(line.fileName())) {
                line.captions().forEach(caption -> found.accept(line.fileName(), caption));
            }
        }
    }
}
