package dev.darkroom.worker.stage;

import dev.darkroom.diffusion.pipeline.LatentDecoder;
import dev.darkroom.diffusion.pipeline.NoisePredictor;
import dev.darkroom.diffusion.pipeline.TextEncoder;

/**
 * The stages of one checkpoint that making pictures from text needs. Usable from many threads;
 * nobody may use them once they are closed.
 */
public interface Stages extends TextEncoder, NoisePredictor, LatentDecoder, AutoCloseable {
    @Override
    void close();
}
