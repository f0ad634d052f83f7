package dev.darkroom.standalone.command;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.training.Augmentation;
import dev.darkroom.contract.training.DatasetName;
import dev.darkroom.contract.training.Margins;
import dev.darkroom.contract.training.TrainingId;
import dev.darkroom.standalone.client.PoolClient;
import dev.darkroom.standalone.client.PoolUnreachableException;
import dev.darkroom.standalone.pool.PoolAccess;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "train",
        description = {
            "Fine-tunes the version that serves a model on a data set of the bucket (datasets/NAME/)"
                    + " and follows it to its end.",
            "What comes out is published; it serves from then on where the gate finds it no worse.",
            "Uses the pool that is up, or starts one for as long as it takes.",
            "With --recipe it makes a checkpoint from nothing but data instead, in a folder, without"
                    + " a pool: tokenizer, CLIP, autoencoder and UNet, one after the other."
        },
        footerHeading = "%nExample:%n",
        footer = {
            "  darkroom train --model fashion-sd --dataset sneakers --minutes 30 --canary 10",
            "  darkroom train --recipe deploy/recipes/fashion-mnist.json"
                    + " --data /usr/share/datasets/fashion-mnist --run run"
        })
final class TrainCommand implements Callable<Integer> {
    /** What may be said beside a recipe. */
    private static final Set<String> WITH_RECIPE =
            Set.of("--recipe", "--data", "--run", "--home", "--verbose");

    private final Interruption interruption;

    @Mixin private final Invocation invocation;

    @ArgGroup(exclusive = true, multiplicity = "1")
    private Source source = new Source();

    /** One of the two things that this command does; picocli has no optional groups of options. */
    private static final class Source {
        @ArgGroup(exclusive = false, multiplicity = "1")
        private @Nullable Tuning tuning;

        @ArgGroup(exclusive = false, multiplicity = "1")
        private @Nullable Beginning beginning;
    }

    /** What is improved, by what. */
    private static final class Tuning {
        @Option(
                names = "--model",
                paramLabel = "NAME",
                required = true,
                description = "The model to improve.")
        private String model = "";

        @Option(
                names = "--dataset",
                paramLabel = "NAME",
                required = true,
                description = "The data set in the bucket.")
        private String dataset = "";
    }

    /** What is made from nothing. */
    private static final class Beginning {
        @Option(
                names = "--recipe",
                paramLabel = "FILE",
                required = true,
                description = "Make a checkpoint from nothing by this recipe.")
        private Path recipe = Path.of("");

        @Option(
                names = "--data",
                paramLabel = "DIR",
                required = true,
                description = "Fashion-MNIST's four files, or pictures with metadata.jsonl.")
        private Path data = Path.of("");

        @Option(
                names = "--run",
                paramLabel = "DIR",
                required = true,
                description =
                        "Folder of the run: the same command goes on where it was interrupted.")
        private Path run = Path.of("");
    }

    @Option(names = "--steps", paramLabel = "N", description = "Steps of the optimizer.")
    private Optional<Integer> steps = Optional.empty();

    @Option(names = "--minutes", paramLabel = "M", description = "Ends after so much work.")
    private Optional<Integer> minutes = Optional.empty();

    @Option(names = "--learning-rate", paramLabel = "R", description = "Of the optimizer.")
    private Optional<Double> learningRate = Optional.empty();

    @Option(
            names = "--lora",
            paramLabel = "RANK",
            description = "Train a low-rank change in place of the whole UNet.")
    private Optional<Integer> loraRank = Optional.empty();

    @Option(names = "--text-encoder", description = "Train the text encoder too.")
    private boolean textEncoder;

    @Option(
            names = "--flips",
            paramLabel = "SHARE",
            description = "Share of the pictures, 0..1, mirrored left to right before learning.")
    private Optional<Double> flips = Optional.empty();

    @Option(
            names = "--shift",
            paramLabel = "PIXELS",
            description = "Most pixels that pictures are moved in each direction before learning.")
    private Optional<Integer> shift = Optional.empty();

    @Option(
            names = "--tints",
            paramLabel = "SHARE",
            description =
                    "Share of the pictures, 0..1, made grey and tinted before learning, with the"
                            + " colour in the caption; never those whose caption names a colour.")
    private Optional<Double> tints = Optional.empty();

    @Option(
            names = "--loss-margin",
            paramLabel = "PERCENT",
            description = "How much higher than the parent's the validation loss may be.")
    private Optional<Double> lossMargin = Optional.empty();

    @Option(
            names = "--score-margin",
            paramLabel = "PERCENT",
            description = "How much worse than the parent's any other score may be.")
    private Optional<Double> scoreMargin = Optional.empty();

    @Option(
            names = "--canary",
            paramLabel = "PERCENT",
            description = "Share of the jobs for the new version while it is watched; 0: all.")
    private Optional<Integer> canary = Optional.empty();

    @Option(names = "--no-promote", negatable = false, description = "Only publish.")
    private boolean publishOnly;

    @Option(names = "--detach", description = "Print the training's id and return at once.")
    private boolean detach;

    @Option(names = "--json", description = "Print the pool's last answer whole.")
    private boolean json;

    @Mixin private final ServerOption server = new ServerOption();

    @Spec private CommandSpec spec = CommandSpec.create();

    TrainCommand(Invocation invocation, Interruption interruption) {
        this.invocation = invocation;
        this.interruption = interruption;
    }

    @Override
    public Integer call() throws PoolUnreachableException {
        Beginning beginning = source.beginning;
        if (beginning != null) {
            requireNothingOfTuning();
            return new RecipeTraining(invocation.terminal(), interruption)
                    .run(beginning.recipe, beginning.data, beginning.run);
        }
        byte[] request = request();
        Optional<PoolClient> named = invocation.namedServer(server.url());
        try (PoolAccess pool = access(named)) {
            interruption.guard(pool);
            TrainingId id = new TrainingId(pool.client().train(request).path("id").asText());
            if (detach) {
                invocation.terminal().print(id.value());
                return ExitCode.OK;
            }
            interruption.tell(
                    "Interrupted. Training "
                            + id
                            + " goes on from its last save as soon as a pool is up there"
                            + " ('darkroom up').");
            JsonNode status = new TrainingFollower(invocation.terminal()).await(pool.client(), id);
            if (json) {
                invocation
                        .terminal()
                        .print(new String(Json.writePretty(status), StandardCharsets.UTF_8));
            } else {
                TrainingFollower.summary(status).forEach(invocation.terminal()::print);
            }
            return status.path("status").asText().equals("failed") ? ExitCode.FAILURE : ExitCode.OK;
        }
    }

    /** A recipe decides all else: whoever says more than where it is means something else. */
    private void requireNothingOfTuning() {
        List<String> others =
                spec.commandLine().getParseResult().matchedOptions().stream()
                        .map(OptionSpec::longestName)
                        .filter(name -> !WITH_RECIPE.contains(name))
                        .distinct()
                        .toList();
        if (!others.isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(),
                    String.join(", ", others)
                            + (others.size() == 1 ? " belongs" : " belong")
                            + " to fine-tuning (--model, --dataset): with --recipe the recipe"
                            + " decides");
        }
    }

    /** A pool that is not ours outlives the command, so only one that is up can be left to it. */
    private PoolAccess access(Optional<PoolClient> named) {
        if (detach) {
            return invocation.requirePool(server.url());
        }
        return named.map(PoolAccess::at)
                .orElseGet(
                        () ->
                                PoolAccess.findOrStart(
                                        invocation.home(),
                                        true,
                                        invocation.apiKey(),
                                        invocation.terminal()::phase));
    }

    private Tuning tuning() {
        return Objects.requireNonNull(source.tuning);
    }

    private byte[] request() {
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("model", new ModelName(tuning().model));
        request.put("dataset", new DatasetName(tuning().dataset));
        request.put("steps", steps);
        request.put("minutes", minutes);
        request.put("learningRate", learningRate);
        request.put("loraRank", loraRank);
        request.put("textEncoder", textEncoder);
        request.put("canaryPercent", canary);
        request.put("promote", !publishOnly);
        if (flips.isPresent() || shift.isPresent() || tints.isPresent()) {
            request.put("augmentation", new Augmentation(flips, shift, tints));
        }
        if (lossMargin.isPresent() || scoreMargin.isPresent()) {
            request.put(
                    "margins",
                    new Margins(
                            lossMargin.orElse(Margins.USUAL.loss()),
                            scoreMargin.orElse(Margins.USUAL.scores())));
        }
        return Json.write(request);
    }
}
