package dev.darkroom.network.clip;

import dev.darkroom.network.checkpoint.ConfigurationFile;
import java.util.Map;

/**
 * {@code CLIPConfig} of transformers, with its defaults.
 *
 * @param projectionWidth of the space that pictures and texts share
 */
public record ClipConfiguration(
        ClipTextConfiguration text, ClipVisionConfiguration vision, int projectionWidth) {
    public static ClipConfiguration of(ConfigurationFile file) {
        file.choice("model_type", "clip", Map.of("clip", true));
        return new ClipConfiguration(
                ClipTextConfiguration.of(section(file, "text_config")),
                ClipVisionConfiguration.of(section(file, "vision_config")),
                file.integer("projection_dim", 512, 1, 1 << 16));
    }

    /** Older files have the same under another key too, and transformers lets that one win. */
    private static ConfigurationFile section(ConfigurationFile file, String key) {
        return file.section(key + "_dict")
                .or(() -> file.section(key))
                .orElseThrow(() -> file.refuse(key, "an object"));
    }
}
