package dev.darkroom.diffusion.pipeline;

/** CLIP's text encoder as a function. */
@FunctionalInterface
public interface TextEncoder {
    /**
     * @param tokenIds [N, T]: one padded prompt per row
     * @return [N, T, D]
     */
    TextEmbedding encode(int[][] tokenIds);
}
