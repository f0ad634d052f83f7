package dev.darkroom.trainer.loop;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * Makes a stage's steps, saves them, and goes on from the last save: what a step reads is a
 * function of its number, so a run that was killed loses the steps since then and nothing else.
 */
public final class TrainingLoop {
    /** The state, in a stage's folder. */
    public static final String STATE = "state.safetensors";

    /** What a stage computes. */
    public interface Stage {
        /** A batch, counted from 0 over all steps; a function of its number. Closed by the loop. */
        Feeds batch(long number);

        /** What is measured now and then, by name; may show grids to the observer. */
        default Map<String, Double> measure(long step) {
            return Map.of();
        }
    }

    /**
     * @param steps in all, with those made before
     * @param examples pictures of a step
     * @param measureEvery steps between two measurements; there is one after the last step, too
     * @param saveEvery time between two saves, or ten times what the first of them took where that
     *     is longer; there is one at the end, too
     */
    public record Options(long steps, int examples, long measureEvery, Duration saveEvery) {
        public Options {
            if (steps < 1 || examples < 1 || measureEvery < 1) {
                throw new IllegalArgumentException(
                        steps + " steps of " + examples + ", measured every " + measureEvery);
            }
        }
    }

    private static final double SMOOTHING = 0.9;

    /** Work between two saves, in times of what the first took: saving is an eleventh at most. */
    private static final long WORK_PER_SAVE = 10;

    private final String name;
    private final Path folder;
    private final TrainingSession session;
    private final LearningRate learningRate;
    private final Options options;
    private final StageObserver observer;
    private final LongSupplier nanoTime;

    /**
     * @param folder the stage's; made
     */
    public TrainingLoop(
            String name,
            Path folder,
            TrainingSession session,
            LearningRate learningRate,
            Options options,
            StageObserver observer,
            LongSupplier nanoTime) {
        this.name = name;
        this.folder = folder;
        this.session = session;
        this.learningRate = learningRate;
        this.options = options;
        this.observer = observer;
        this.nanoTime = nanoTime;
    }

    /**
     * Makes the steps that are left after the last save, or all where there is none.
     *
     * @param stop asked after every step; what was done by then is saved
     * @return whether all steps are done
     * @throws DarkroomException {@link ErrorCode#TRAINING_DIVERGED}
     */
    public boolean run(Stage stage, BooleanSupplier stop) throws IOException {
        return run(stage, stop, worked -> false);
    }

    /**
     * As the other, or fewer steps.
     *
     * @param stop asked after every step; what was done by then is saved
     * @param enough told after every step how long this process has made steps: that one was the
     *     last then, as if no more were wanted; told of no time at all before the first, so that
     *     what was enough when it was saved gets no step more
     * @return whether it is finished
     * @throws DarkroomException {@link ErrorCode#TRAINING_DIVERGED}
     */
    public boolean run(Stage stage, BooleanSupplier stop, Predicate<Duration> enough)
            throws IOException {
        Files.createDirectories(folder);
        Path state = folder.resolve(STATE);
        if (Files.exists(state)) {
            session.restore(state);
        }
        long began = nanoTime.getAsLong();
        long saved = began;
        long pause = options.saveEvery().toNanos();
        double secondsPerStep = 0;
        long first = session.steps();
        boolean last =
                session.steps() == options.steps() || (first > 0 && enough.test(Duration.ZERO));
        while (!last) {
            long before = nanoTime.getAsLong();
            double rate = learningRate.at(session.steps());
            TrainingSession.Step made = step(stage, rate);
            long now = nanoTime.getAsLong();
            double seconds = Math.max(1, now - before) / 1e9;
            secondsPerStep =
                    // The first step of a process lays out the graph: it says nothing of the next.
                    session.steps() - first <= 2
                            ? seconds
                            : SMOOTHING * secondsPerStep + (1 - SMOOTHING) * seconds;
            Duration elapsed = Duration.ofNanos(now - began);
            last = session.steps() == options.steps() || enough.test(elapsed);
            report(stage, made, rate, options.examples() / secondsPerStep, elapsed, last);
            boolean stopping = !last && stop.getAsBoolean();
            if (last || stopping || now - saved >= pause) {
                long saving = nanoTime.getAsLong();
                session.save(state);
                observer.saved(name, session.steps());
                saved = nanoTime.getAsLong();
                pause = Math.max(options.saveEvery().toNanos(), WORK_PER_SAVE * (saved - saving));
            }
            if (stopping) {
                return false;
            }
        }
        observer.finished(name, session.steps());
        return true;
    }

    private TrainingSession.Step step(Stage stage, double rate) {
        int each = session.accumulation();
        List<Feeds> batches = new ArrayList<>();
        try {
            for (int i = 0; i < each; i++) {
                batches.add(stage.batch(session.steps() * each + i));
            }
            TrainingSession.Step made = session.step(batches, rate);
            if (!Double.isFinite(made.loss()) || !Double.isFinite(made.gradientNorm())) {
                throw new DarkroomException(
                        ErrorCode.TRAINING_DIVERGED,
                        name
                                + ": the loss of step "
                                + session.steps()
                                + " is "
                                + made.loss()
                                + ", its gradient's norm "
                                + made.gradientNorm()
                                + "; try a lower learning rate");
            }
            return made;
        } finally {
            batches.forEach(Feeds::close);
        }
    }

    private void report(
            Stage stage,
            TrainingSession.Step made,
            double rate,
            double speed,
            Duration elapsed,
            boolean last) {
        long step = session.steps();
        Map<String, Double> scalars = new LinkedHashMap<>();
        scalars.put(StepReport.GRADIENT_NORM, made.gradientNorm());
        if (last || step % options.measureEvery() == 0) {
            scalars.putAll(stage.measure(step));
        }
        observer.step(
                new StepReport(
                        name, step, options.steps(), made.loss(), scalars, rate, speed, elapsed));
    }
}
