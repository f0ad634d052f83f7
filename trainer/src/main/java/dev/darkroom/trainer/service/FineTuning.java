package dev.darkroom.trainer.service;

import dev.darkroom.contract.training.TrainingProgress;
import java.nio.file.Path;
import java.util.Optional;

/** Trains. What the service around it must know of the mathematics. */
@FunctionalInterface
public interface FineTuning {
    /**
     * Goes on with what lies in the run folder, or begins where it has nothing of its own yet.
     *
     * @param run its own folder to keep everything in that it needs to go on after it was killed;
     *     names of files as {@code CheckpointFile} allows them
     * @return nothing where it stopped because the observer asked it to, after a save
     * @throws dev.darkroom.contract.error.DarkroomException a code of USER or PERMANENT ends the
     *     training; one of TRANSIENT has it tried again from the last save
     */
    Optional<FineTuneResult> run(FineTuneOrder order, Path run, Observer observer);

    /** Whom a training tells how far it is, in its own thread. */
    interface Observer {
        /** May be called at every step: what comes too often is not passed on. */
        void progressed(TrainingProgress progress);

        /**
         * A save lies complete in the run folder, and nothing is being written there. Returns when
         * it is where another trainer finds it.
         *
         * @throws dev.darkroom.contract.error.DarkroomException LOCK_LOST where another trainer has
         *     the model; to be passed on
         */
        void saved();

        /** Whether to save and return at the next occasion. */
        boolean isStopping();
    }
}
