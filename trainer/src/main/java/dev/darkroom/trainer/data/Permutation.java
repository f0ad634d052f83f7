package dev.darkroom.trainer.data;

/**
 * A permutation of 0..size-1 that is computed and not stored.
 *
 * <p>A Feistel network of four rounds permutes the smallest even number of bits that holds all
 * numbers (Luby and Rackoff 1988); a result outside is permuted again until it falls inside ("cycle
 * walking", Black and Rogaway 2002), at most four times on average. So any place of an epoch's
 * order can be asked for at once, and a resumed run needs nothing from the one before.
 */
final class Permutation {
    private static final int ROUNDS = 4;

    private final long size;
    private final int halfBits;
    private final long halfMask;
    private final long[] roundKeys = new long[ROUNDS];

    Permutation(long size, long... keys) {
        if (size < 1) {
            throw new IllegalArgumentException("size is " + size + ", must be at least 1");
        }
        this.size = size;
        int bits = Math.max(2, 64 - Long.numberOfLeadingZeros(size - 1));
        this.halfBits = (bits + 1) / 2;
        this.halfMask = (1L << halfBits) - 1;
        KeyedRandom random = new KeyedRandom(keys);
        for (int round = 0; round < ROUNDS; round++) {
            roundKeys[round] = random.nextLong();
        }
    }

    /** Where a number from 0 to size-1 goes. */
    long at(long position) {
        if (position < 0 || position >= size) {
            throw new IndexOutOfBoundsException(position + " of " + size);
        }
        long image = position;
        do {
            image = permute(image);
        } while (image >= size);
        return image;
    }

    private long permute(long block) {
        long left = block >>> halfBits;
        long right = block & halfMask;
        for (long key : roundKeys) {
            long next = left ^ (KeyedRandom.mix(right ^ key) & halfMask);
            left = right;
            right = next;
        }
        return left << halfBits | right;
    }
}
