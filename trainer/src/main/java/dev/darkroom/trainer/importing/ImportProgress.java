package dev.darkroom.trainer.importing;

/** Is told how far an import is. */
@FunctionalInterface
public interface ImportProgress {
    /**
     * @param done parameters written
     * @param total parameters of all stages
     */
    void advanced(long done, long total);
}
