package dev.darkroom.diffusion.noise;

/** The random numbers of PyTorch's CPU generator. */
public final class TorchGenerator {
    /** As {@code torch.Generator('cpu').manual_seed(seed)}. */
    public TorchGenerator(long seed) {
        throw new UnsupportedOperationException(String.valueOf(seed));
    }

    /** As {@code torch.randn(count, generator=...)}: float32, in PyTorch's order. */
    public float[] randn(int count) {
        throw new UnsupportedOperationException();
    }
}
