package dev.darkroom.trainer.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Which examples make up which batch: a function of (seed, step), so that a run goes on at any step
 * as if it had never stopped.
 *
 * <p>Each bucket's examples form an endless row, one permutation after the other, a <em>lap</em>
 * each, and its batches are cut from that row. What does not fill a batch at the end of a lap is
 * carried over into the next: no example is left out, none comes twice in a lap, every batch is
 * full, and a bucket with fewer pictures than a batch holds has its turn every few epochs. In an
 * epoch the buckets take turns in an order drawn for it, each as often as it has filled batches.
 * Asking for a step costs the batch's length and the number of buckets, not the length of the run.
 */
public final class BatchOrder {
    /** Keeps the order of batches apart from the orders within the buckets. */
    private static final long TURNS = -1;

    private final int batchSize;
    private final long seed;
    private final long size;
    private final List<Bucket> buckets;
    private final List<int[]> members;

    private BatchOrder(Map<Bucket, int[]> indices, int batchSize, long seed) {
        if (batchSize < 1) {
            throw new IllegalArgumentException("batchSize is " + batchSize + ", must be >= 1");
        }
        this.batchSize = batchSize;
        this.seed = seed;
        this.buckets = List.copyOf(indices.keySet());
        this.members = List.copyOf(indices.values());
        this.size = members.stream().mapToLong(of -> of.length).sum();
        if (size < 1) {
            throw new IllegalArgumentException("there is no example");
        }
    }

    /** The order of a data set's examples. */
    public static BatchOrder of(ImageDataset dataset, int batchSize, long seed) {
        Map<Bucket, List<Integer>> indices = new TreeMap<>();
        for (int i = 0; i < dataset.size(); i++) {
            indices.computeIfAbsent(dataset.bucket(i), bucket -> new ArrayList<>()).add(i);
        }
        Map<Bucket, int[]> arrays = new TreeMap<>();
        indices.forEach(
                (bucket, list) ->
                        arrays.put(bucket, list.stream().mapToInt(Integer::intValue).toArray()));
        return new BatchOrder(arrays, batchSize, seed);
    }

    /** The order of so many examples of each size; indices count within a size, from 0. */
    public static BatchOrder of(Map<Bucket, Integer> counts, int batchSize, long seed) {
        Map<Bucket, int[]> arrays = new TreeMap<>();
        counts.forEach((bucket, count) -> arrays.put(bucket, IntStream.range(0, count).toArray()));
        return new BatchOrder(arrays, batchSize, seed);
    }

    /** Examples in one batch, always. */
    public int batchSize() {
        return batchSize;
    }

    /** The indices that make up the batch of a step from 0. */
    public int[] indices(long step) {
        Turn turn = turn(step);
        int[] of = members.get(turn.bucket());
        int[] indices = new int[batchSize];
        long lap = -1;
        Permutation order = new Permutation(of.length, seed, turn.bucket(), 0);
        for (int i = 0; i < batchSize; i++) {
            long position = turn.batch() * batchSize + i;
            if (position / of.length != lap) {
                lap = position / of.length;
                order = new Permutation(of.length, seed, turn.bucket(), lap);
            }
            indices[i] = of[(int) order.at(position % of.length)];
        }
        return indices;
    }

    /**
     * The draw of each of {@link #indices}: how often that example came before in this order. It
     * grows within a batch that reaches over the end of a lap.
     */
    public long[] draws(long step) {
        Turn turn = turn(step);
        long[] draws = new long[batchSize];
        for (int i = 0; i < batchSize; i++) {
            draws[i] = (turn.batch() * batchSize + i) / members.get(turn.bucket()).length;
        }
        return draws;
    }

    /** The bucket that all pictures of a step's batch are of. */
    public Bucket bucket(long step) {
        return buckets.get(turn(step).bucket());
    }

    /** The epoch that a step belongs to, from 0: how often every example came before it. */
    public long epoch(long step) {
        if (step < 0) {
            throw new IllegalArgumentException("step is " + step + ", must be >= 0");
        }
        // Each bucket holds back less than a batch, so the guess is low by few epochs at most.
        long epoch = Math.floorDiv(Math.multiplyExact(step, batchSize), size);
        while (stepsBefore(epoch + 1) <= step) {
            epoch++;
        }
        return epoch;
    }

    /** Steps that lie before an epoch's first. */
    public long stepsBefore(long epoch) {
        long steps = 0;
        for (int[] of : members) {
            steps += batchesBefore(epoch, of);
        }
        return steps;
    }

    private long batchesBefore(long epoch, int[] of) {
        return epoch * of.length / batchSize;
    }

    /** The batch of a step: the bucket's number and the place in that bucket's row of batches. */
    private record Turn(int bucket, long batch) {}

    private Turn turn(long step) {
        long epoch = epoch(step);
        long first = stepsBefore(epoch);
        long steps = stepsBefore(epoch + 1) - first;
        boolean drawn = members.size() > 1;
        long place = step - first;
        long turn = drawn ? new Permutation(steps, seed, TURNS, epoch).at(place) : place;
        for (int bucket = 0; bucket < members.size(); bucket++) {
            int[] of = members.get(bucket);
            long before = batchesBefore(epoch, of);
            long own = batchesBefore(epoch + 1, of) - before;
            if (turn < own) {
                return new Turn(bucket, before + turn);
            }
            turn -= own;
        }
        throw new IllegalStateException("epoch " + epoch + " has no turn for step " + step);
    }
}
