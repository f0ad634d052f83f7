package dev.darkroom.trainer;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** What can be set of a trainer. */
@ConfigMapping(prefix = "darkroom.trainer")
interface TrainerSettings {
    /** Whether this process trains at all. */
    @WithDefault("true")
    boolean enabled();

    /** This trainer's name in events; none: made from the host's name. */
    Optional<String> name();

    /** Folder for runs under way. */
    @WithDefault("${user.home}/.cache/darkroom/training")
    Path work();

    /** Folder that keeps checkpoints between starts. */
    @WithDefault("${user.home}/.cache/darkroom/checkpoints")
    Path cache();

    /** How long a trainer that has fallen silent keeps its model. */
    @WithDefault("30")
    int leaseSeconds();

    /** Starts of one training without a new save in between, after which it fails. */
    @WithDefault("5")
    int maxAttempts();

    /** Wait before a training that failed for now is gone on with. */
    @WithDefault("30")
    int retrySeconds();

    /** How much higher than the parent's the validation loss may be, percent. */
    @WithDefault("2")
    double lossMargin();

    /** How much worse than the parent's any other score may be, percent. */
    @WithDefault("5")
    double scoreMargin();

    /** Share of the jobs that a new version gets while it is watched; 0: all at once. */
    @WithDefault("0")
    int canaryPercent();

    /** Folder of a CLIP (transformers' {@code CLIPModel}) to measure with; none: without. */
    Optional<Path> clip();

    /**
     * Folder of an Inception network to measure with, as a SavedModel that says itself how it is
     * asked; none: without.
     */
    Optional<Path> inception();

    /** The only models that this process trains; none: all. */
    Optional<List<String>> models();

    /** What is looked at for new data: {@code model:dataset}, ... */
    Optional<List<String>> schedule();

    /** How often; none: never. */
    OptionalInt everyMinutes();
}
