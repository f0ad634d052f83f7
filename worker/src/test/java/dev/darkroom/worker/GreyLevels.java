package dev.darkroom.worker;

/** Compares pictures. */
public final class GreyLevels {
    private GreyLevels() {}

    /** The largest difference of two pictures, in grey levels; the second begins at an offset. */
    public static int maxDifference(byte[] actual, java.nio.ByteBuffer expected, int offset) {
        int largest = 0;
        for (int i = 0; i < actual.length; i++) {
            int difference = (actual[i] & 0xff) - (expected.get(offset + i) & 0xff);
            largest = Math.max(largest, Math.abs(difference));
        }
        return largest;
    }
}
