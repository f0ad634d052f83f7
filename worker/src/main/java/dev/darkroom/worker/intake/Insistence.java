package dev.darkroom.worker.intake;

import dev.darkroom.worker.life.Cancellation;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Does again what failed for a reason that passes, until it is done or the job is cancelled.
 *
 * @param backoff between tries
 */
record Insistence(Backoff backoff) {
    /**
     * @param doing may have done half of it when it fails
     * @param passes whether it is worth trying again after this failure; any other is thrown
     * @param first told of the first failure that passes
     * @return what {@code doing} returns in the end
     */
    <T> T until(
            Supplier<T> doing,
            Predicate<Throwable> passes,
            Consumer<Throwable> first,
            Cancellation cancellation) {
        for (int failures = 1; ; failures++) {
            try {
                return doing.get();
            } catch (RuntimeException | Error e) {
                if (!passes.test(e)) {
                    throw e;
                }
                if (failures == 1) {
                    first.accept(e);
                }
            }
            cancellation.pause(backoff.after(failures));
        }
    }
}
