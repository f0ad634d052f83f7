package dev.darkroom.standalone.benchmark;

/** Seconds on this machine's monotonic clock. */
final class Timing {
    private Timing() {}

    /** The fastest of some runs, after one that is not counted. */
    static double fastest(int repeats, Runnable work) {
        work.run();
        double best = Double.POSITIVE_INFINITY;
        for (int i = 0; i < repeats; i++) {
            best = Math.min(best, once(work));
        }
        return best;
    }

    static double once(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return (System.nanoTime() - start) / 1e9;
    }
}
