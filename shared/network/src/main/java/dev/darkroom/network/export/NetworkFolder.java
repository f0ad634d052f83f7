package dev.darkroom.network.export;

import dev.darkroom.contract.checkpoint.Stage;
import java.util.Arrays;
import java.util.List;

/** The folders of a diffusers checkpoint that hold weights, and the stages made of each. */
public enum NetworkFolder {
    TEXT_ENCODER("text_encoder", "model"),
    UNET("unet", "diffusion_pytorch_model"),
    VAE("vae", "diffusion_pytorch_model");

    private final String folder;
    private final String base;

    NetworkFolder(String folder, String base) {
        this.folder = folder;
        this.base = base;
    }

    /** The folder that a stage's weights lie in. */
    public static NetworkFolder of(Stage stage) {
        return switch (stage) {
            case TEXT_ENCODER -> TEXT_ENCODER;
            case UNET -> UNET;
            case VAE_DECODER, VAE_ENCODER -> VAE;
        };
    }

    public String folder() {
        return folder;
    }

    /** Its configuration's path in the checkpoint. */
    public String configuration() {
        return folder + "/config.json";
    }

    /** The weights' file name, without {@code .safetensors}. */
    public String base() {
        return base;
    }

    public List<Stage> stages() {
        return Arrays.stream(Stage.values()).filter(stage -> of(stage) == this).toList();
    }
}
