package dev.darkroom.standalone.command;

import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.job.SamplerName;
import dev.darkroom.contract.json.Json;
import dev.darkroom.standalone.home.WorkFolder;
import dev.darkroom.standalone.pool.CheckpointReports;
import dev.darkroom.standalone.pool.Services;
import dev.darkroom.trainer.data.FashionMnist;
import dev.darkroom.trainer.data.HoldOut;
import dev.darkroom.trainer.data.ImageDataset;
import dev.darkroom.trainer.data.ImageFolder;
import dev.darkroom.trainer.evaluate.CheckpointEvaluation;
import dev.darkroom.trainer.evaluate.EvaluatedCheckpoint;
import dev.darkroom.trainer.evaluate.EvaluationAids;
import dev.darkroom.trainer.evaluate.EvaluationOptions;
import dev.darkroom.trainer.evaluate.EvaluationReport;
import dev.darkroom.trainer.evaluate.InceptionFeatures;
import dev.darkroom.trainer.evaluate.KeptClassifiers;
import dev.darkroom.trainer.evaluate.OpenedCheckpoint;
import dev.darkroom.trainer.evaluate.ReportPage;
import dev.darkroom.trainer.loop.StepReport;
import dev.darkroom.trainer.stage.FinishedRun;
import dev.darkroom.trainer.stage.Recipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "evaluate",
        description = {
            "Measures how good a checkpoint is on a data set, and writes a page with figures and"
                    + " pictures (index.html, report.json).",
            "The checkpoint of a training run brings the run's own CLIP, losses and recipe along;"
                    + " real pictures are shown as that recipe says.",
            "A folder needs no pool. A model of the pool (while one is up on the home folder or"
                    + " while none is) has its report put into the bucket too:"
                    + " reports/MODEL/VERSION/index.html."
        },
        footerHeading = "%nExample:%n",
        footer = {
            "  darkroom evaluate run/checkpoint --data /usr/share/datasets/fashion-mnist"
                    + " --guidance 1,2,3",
            "  darkroom evaluate fashion-sd --data /usr/share/datasets/fashion-mnist"
                    + " --recipe deploy/recipes/fashion-mnist.json"
        })
final class EvaluateCommand implements Callable<Integer> {
    private static final String FOLDER_PREFIX = "evaluate-";
    private static final int MOST_PICTURES = 1000;
    private static final int REPEATED = 10;
    private static final int REPEATS = 8;

    @Mixin private final Invocation invocation;

    @Parameters(
            index = "0",
            paramLabel = "CHECKPOINT",
            description =
                    "A checkpoint's folder, in the diffusers layout or as a worker has it; or else"
                            + " MODEL[@VERSION] of the pool, by default the version that serves.")
    private String checkpoint = "";

    @Option(
            names = "--data",
            paramLabel = "DIR",
            required = true,
            description = "Fashion-MNIST's files, or pictures with metadata.jsonl.")
    private Path data = Path.of("");

    @Option(
            names = "--recipe",
            paramLabel = "FILE",
            description = "How the data is shown and held out. Default: that of the run.")
    private Optional<Path> recipe = Optional.empty();

    @Option(
            names = "--clip",
            paramLabel = "DIR",
            description = "Any other CLIP (transformers' CLIPModel) to score with too.")
    private Optional<Path> clip = Optional.empty();

    @ArgGroup(
            exclusive = false,
            heading =
                    "%nThe Frechet distance on features of an Inception network needs the network"
                            + " (the others only what its SavedModel leaves open):%n")
    private @Nullable InceptionOptions inception;

    @Option(
            names = "--guidance",
            paramLabel = "G",
            split = ",",
            defaultValue = "1,2,3",
            description = "Guidance scales, each measured. Default: ${DEFAULT-VALUE}.")
    private List<Double> guidanceScales = List.of();

    @Option(
            names = "--pictures",
            paramLabel = "N",
            description =
                    "Pictures a guidance scale. Default: 1000, or half of those held out where they"
                            + " are fewer.")
    private Optional<Integer> pictures = Optional.empty();

    @Option(
            names = "--steps",
            paramLabel = "N",
            defaultValue = "25",
            description = "Sampling steps, with ddim. Default: ${DEFAULT-VALUE}.")
    private int steps;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "0",
            description = "Of prompts and noise. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(
            names = "--parent",
            paramLabel = "FILE",
            description = "The report.json of another checkpoint to stand beside.")
    private Optional<Path> parent = Optional.empty();

    @Option(
            names = "--name",
            paramLabel = "NAME",
            defaultValue = "checkpoint",
            description = "What the page calls it, where the folder does not say.")
    private String name = "";

    @Option(
            names = "--out",
            paramLabel = "FOLDER",
            defaultValue = "report",
            description = "Folder for the page. Default: ${DEFAULT-VALUE}.")
    private Path out = Path.of("");

    EvaluateCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    @Override
    public Integer call() {
        ModelName model = new ModelName(name);
        Optional<InceptionFeatures.Options> features =
                Optional.ofNullable(inception).map(InceptionOptions::network);
        Path folder = Path.of(checkpoint);
        if (Files.isDirectory(folder)) {
            Optional<FinishedRun> run = FinishedRun.of(folder);
            EvaluatedCheckpoint evaluated =
                    evaluate(
                            work -> folder,
                            model,
                            recipe.map(Recipe::read).or(() -> run.map(FinishedRun::recipe)),
                            aids(run.map(FinishedRun::aids).orElse(EvaluationAids.NONE), features));
            tell(evaluated.report());
            return ExitCode.OK;
        }
        NamedCheckpoint named = named();
        invocation.terminal().phase("connecting");
        try (Services services = Services.open(invocation.home());
                CheckpointReports pool = CheckpointReports.open(services.settings())) {
            CheckpointId id = find(pool, named);
            EvaluatedCheckpoint evaluated =
                    evaluate(
                            work -> pool.fetch(id, work),
                            id.model(),
                            recipe.map(Recipe::read),
                            aids(pool.history(id), features));
            tell(evaluated.report());
            invocation.terminal().print(pool.put(evaluated).value());
            return ExitCode.OK;
        }
    }

    /** What is no folder may be a model's name. */
    private NamedCheckpoint named() {
        try {
            return NamedCheckpoint.parse(checkpoint);
        } catch (DarkroomException e) {
            throw new DarkroomException(
                    ErrorCode.INVALID_CHECKPOINT,
                    checkpoint
                            + " is no folder that can be read and no MODEL[@VERSION]: "
                            + e.reason(),
                    e);
        }
    }

    private static CheckpointId find(CheckpointReports pool, NamedCheckpoint named) {
        try {
            return pool.find(named.model(), named.version());
        } catch (DarkroomException e) {
            throw new DarkroomException(
                    e.code(), named + " is no folder that can be read, and " + e.reason(), e);
        }
    }

    /**
     * @param source the checkpoint's folder, which may be made in the one that is given
     */
    private EvaluatedCheckpoint evaluate(
            UnaryOperator<Path> source,
            ModelName model,
            Optional<Recipe> shown,
            EvaluationAids aids) {
        Terminal terminal = invocation.terminal();
        try (WorkFolder work = WorkFolder.open(invocation.home().workFolder(), FOLDER_PREFIX)) {
            terminal.phase("opening " + checkpoint);
            EvaluatedCheckpoint evaluated;
            try (OpenedCheckpoint opened =
                    OpenedCheckpoint.open(
                            source.apply(work.path()),
                            model,
                            work.path(),
                            Clock.systemUTC(),
                            (done, total) -> {})) {
                terminal.phase("reading " + data);
                HoldOut halves = halves(shown, opened, work.path());
                EvaluationOptions options = options(opened, halves.heldOut());
                evaluated =
                        new CheckpointEvaluation(
                                        options,
                                        KeptClassifiers.in(invocation.home().judges(), this::show),
                                        terminal::phase)
                                .run(
                                        opened,
                                        halves,
                                        // Whoever names a parent wants it shown.
                                        parent.isPresent() ? aids : aids.comparable(options),
                                        Clock.systemUTC().instant());
            }
            evaluated.write(out);
            return evaluated;
        } catch (IOException e) {
            throw new DarkroomException(
                    ErrorCode.MISCONFIGURED,
                    "cannot write in " + invocation.home().workFolder() + ": " + e,
                    e);
        }
    }

    private EvaluationAids aids(
            EvaluationAids known, Optional<InceptionFeatures.Options> features) {
        EvaluationAids aids = known;
        if (clip.isPresent()) {
            aids = aids.withImportedClip(clip.get());
        }
        if (features.isPresent()) {
            aids = aids.withInception(features.get());
        }
        return parent.isPresent() ? aids.withParent(report(parent.get())) : aids;
    }

    private static EvaluationReport report(Path file) {
        try {
            return Json.readTolerant(Files.readAllBytes(file), EvaluationReport.class);
        } catch (IOException e) {
            throw new DarkroomException(
                    ErrorCode.INVALID_REQUEST, file + " cannot be read: " + e, e);
        }
    }

    /** Without a recipe nobody knows what was held out: a folder's pictures are all measured on. */
    private HoldOut halves(Optional<Recipe> shown, OpenedCheckpoint checkpoint, Path cache)
            throws IOException {
        if (shown.isPresent()) {
            Recipe.Data read = shown.get().data(data, cache);
            return new HoldOut(read.training(), read.validation());
        }
        int side = checkpoint.defaults().width();
        if (FashionMnist.liesIn(data)) {
            FashionMnist.Settings settings = FashionMnist.Settings.standard().withSize(side);
            return new HoldOut(
                    FashionMnist.read(data, FashionMnist.Split.TRAIN, settings),
                    FashionMnist.read(data, FashionMnist.Split.TEST, settings));
        }
        ImageDataset all =
                ImageFolder.read(
                        data, cache, ImageFolder.Settings.standard(side, side).withMaxRatio(1));
        return new HoldOut(all, all);
    }

    private EvaluationOptions options(OpenedCheckpoint checkpoint, ImageDataset heldOut) {
        int count = pictures.orElse(Math.min(MOST_PICTURES, heldOut.size() / 2));
        if (count < 2 || count > heldOut.size() - 2) {
            throw new DarkroomException(
                    ErrorCode.INVALID_REQUEST,
                    count
                            + " pictures cannot be measured with the "
                            + heldOut.size()
                            + " that were held out: from 2, and two must be left to compare with");
        }
        try {
            return new EvaluationOptions(
                    guidanceScales,
                    count,
                    Math.min(count, REPEATED),
                    REPEATS,
                    SamplerName.DDIM,
                    steps,
                    seed,
                    checkpoint.rows());
        } catch (IllegalArgumentException e) {
            throw new DarkroomException(
                    ErrorCode.INVALID_REQUEST, String.valueOf(e.getMessage()), e);
        }
    }

    private void show(StepReport report) {
        if (report.step() * 10 / report.steps() != (report.step() - 1) * 10 / report.steps()) {
            invocation
                    .terminal()
                    .phase(
                            "training the classifier that judges: %d of %d steps"
                                    .formatted(report.step(), report.steps()));
        }
    }

    private void tell(EvaluationReport report) {
        Terminal terminal = invocation.terminal();
        report.validationLoss()
                .ifPresent(loss -> tell("", loss, "validation loss at fixed noise and timesteps"));
        for (EvaluationReport.Scores at : report.scores()) {
            at.values()
                    .forEach(
                            (measure, value) ->
                                    tell("guidance " + at.guidanceScale(), value, measure.title()));
        }
        report.real().forEach((measure, value) -> tell("real pictures", value, measure.title()));
        report.notMeasured()
                .forEach(one -> terminal.say("not measured: " + one.what() + ": " + one.why()));
        terminal.print(out.resolve(ReportPage.FILE).toString());
    }

    private void tell(String of, double value, String measure) {
        invocation
                .terminal()
                .print(String.format(Locale.ROOT, "%-14s %9.4f  %s", of, value, measure));
    }
}
