package dev.darkroom.trainer.loop;

import dev.darkroom.diffusion.pipeline.RgbImage;
import java.util.List;

/**
 * Watches a stage being trained; called from the training thread, between two steps. An observer
 * that fails ends the training: what is recorded is never less than what was done.
 */
@FunctionalInterface
public interface StageObserver {
    /** After every optimizer step; whoever wants fewer picks. */
    void step(StepReport report);

    /** A grid of pictures that the stage made after {@code step} steps. */
    default void samples(String stage, long step, RgbImage grid) {}

    /**
     * The state after {@code step} steps lies whole in the stage's folder; nothing is being
     * written.
     */
    default void saved(String stage, long step) {}

    /** The stage has done its last step. */
    default void finished(String stage, long step) {}

    /** Tells each of them, in order. */
    static StageObserver all(List<StageObserver> observers) {
        List<StageObserver> each = List.copyOf(observers);
        return new StageObserver() {
            @Override
            public void step(StepReport report) {
                each.forEach(observer -> observer.step(report));
            }

            @Override
            public void samples(String stage, long step, RgbImage grid) {
                each.forEach(observer -> observer.samples(stage, step, grid));
            }

            @Override
            public void saved(String stage, long step) {
                each.forEach(observer -> observer.saved(stage, step));
            }

            @Override
            public void finished(String stage, long step) {
                each.forEach(observer -> observer.finished(stage, step));
            }
        };
    }
}
