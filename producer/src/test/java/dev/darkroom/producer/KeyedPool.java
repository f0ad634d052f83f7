package dev.darkroom.producer;

/** The pool of {@link PoolStub} with a bucket of its own, for tests that make API keys in it. */
public final class KeyedPool extends PoolStub {
    /** After that of all tests, so that this one's settings hold. */
    @Override
    public int order() {
        return 1;
    }

    @Override
    String bucket() {
        return "keyed";
    }
}
