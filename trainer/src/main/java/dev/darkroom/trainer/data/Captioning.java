package dev.darkroom.trainer.data;

import dev.darkroom.trainer.data.PictureFiles.Captioned;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The filling in of captions that a folder lacks. */
public final class Captioning {
    private Captioning() {}

    /**
     * Has the pictures that no {@code metadata.jsonl} captions captioned, and writes the captions
     * into the folder's: at once, so that readers see all of them or none. Of a captioner that
     * fails the captions until then are kept; the next call goes on with the rest.
     *
     * @return number of pictures that have captions now and had none
     */
    public static int complete(Path folder, Captioner captioner) {
        PictureFiles files = new PictureFiles(folder);
        Set<Path> captioned = new HashSet<>();
        for (Captioned picture : files.captioned()) {
            if (!picture.captions().isEmpty()) {
                captioned.add(picture.file());
            }
        }
        List<String> missing = new ArrayList<>();
        for (Path picture : files.pictures()) {
            if (!captioned.contains(picture)) {
                missing.add(name(files, picture));
            }
        }
        Map<String, Set<String>> found = new LinkedHashMap<>();
        if (!missing.isEmpty()) {
            try {
                captioner.caption(
                        files.root(), missing, (name, caption) -> keep(found, name, caption));
            } finally {
                if (!found.isEmpty()) {
                    CaptionFile.merge(files.root().resolve(CaptionFile.NAME), found);
                }
            }
        }
        return found.size();
    }

    private static void keep(Map<String, Set<String>> found, String name, String caption) {
        found.computeIfAbsent(name, file -> new LinkedHashSet<>()).add(caption);
    }

    private static String name(PictureFiles files, Path picture) {
        return files.root()
                .relativize(picture)
                .toString()
                .replace(picture.getFileSystem().getSeparator(), "/");
    }
}
