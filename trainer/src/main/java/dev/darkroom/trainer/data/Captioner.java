package dev.darkroom.trainer.data;

import java.nio.file.Path;
import java.util.List;
import java.util.function.BiConsumer;

/** Says what is on pictures. */
public interface Captioner {
    /**
     * Captions pictures; may leave some out, may give several captions to one.
     *
     * @param folder that the names begin at
     * @param fileNames with / between folders
     * @param found takes file name and caption as they come: what was found before a failure counts
     * @throws dev.darkroom.contract.error.DarkroomException INVALID_DATASET where it cannot
     */
    void caption(Path folder, List<String> fileNames, BiConsumer<String, String> found);
}
