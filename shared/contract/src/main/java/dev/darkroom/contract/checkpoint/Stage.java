package dev.darkroom.contract.checkpoint;

/**
 * The stages of a checkpoint: one SavedModel each, in a folder of this name, with one signature
 * {@code serving_default}. Everything is NHWC float32 but token ids; every batch, height, width and
 * token count is dynamic.
 */
public enum Stage {
    /**
     * {@code token_ids} int32 [N,T] to {@code text_embedding} [N,T,D] and {@code pooled_embedding}
     * [N,D].
     */
    TEXT_ENCODER("text_encoder"),
    /**
     * {@code latents} [N,h,w,C] (variance preserving: what the network was trained on), {@code
     * timesteps} float32 [N], {@code text_embedding} [N,T,D] to {@code prediction} [N,h,w,C].
     */
    UNET("unet"),
    /**
     * {@code latents} [N,h,w,C], scaled, to {@code image} [N,H,W,3], about -1..1 and not clamped.
     */
    VAE_DECODER("vae_decoder"),
    /**
     * {@code image} [N,H,W,3] in -1..1 to {@code mean} and {@code logvar} [N,h,w,C], not scaled.
     */
    VAE_ENCODER("vae_encoder");

    public static final String SIGNATURE = "serving_default";
    public static final String TOKEN_IDS = "token_ids";
    public static final String TEXT_EMBEDDING = "text_embedding";
    public static final String POOLED_EMBEDDING = "pooled_embedding";
    public static final String LATENTS = "latents";
    public static final String TIMESTEPS = "timesteps";
    public static final String PREDICTION = "prediction";
    public static final String IMAGE = "image";
    public static final String MEAN = "mean";
    public static final String LOGVAR = "logvar";

    private final String folder;

    Stage(String folder) {
        this.folder = folder;
    }

    public String folder() {
        return folder;
    }
}
