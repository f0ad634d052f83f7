package dev.darkroom.trainer.tuning;

import com.fasterxml.jackson.core.type.TypeReference;
import dev.darkroom.contract.checkpoint.Stage;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.tensor.ElementType;
import dev.darkroom.contract.training.Score;
import dev.darkroom.contract.training.TrainingProgress;
import dev.darkroom.contract.training.TrainingProvenance;
import dev.darkroom.contract.training.TrainingRequest;
import dev.darkroom.network.export.DiffusersFolder;
import dev.darkroom.network.export.LoraFile;
import dev.darkroom.network.export.NetworkFolder;
import dev.darkroom.network.parameter.Lora;
import dev.darkroom.network.parameter.ParameterSpec;
import dev.darkroom.network.parameter.ParameterValues;
import dev.darkroom.trainer.data.Augmentation;
import dev.darkroom.trainer.data.HoldOut;
import dev.darkroom.trainer.data.ImageDataset;
import dev.darkroom.trainer.data.ImageFolder;
import dev.darkroom.trainer.data.WholeFile;
import dev.darkroom.trainer.evaluate.EvaluationAids;
import dev.darkroom.trainer.graph.InitialValues;
import dev.darkroom.trainer.loop.StageObserver;
import dev.darkroom.trainer.loop.StepReport;
import dev.darkroom.trainer.loop.TrainingRecord;
import dev.darkroom.trainer.service.FineTuneOrder;
import dev.darkroom.trainer.service.FineTuneResult;
import dev.darkroom.trainer.service.FineTuning;
import dev.darkroom.trainer.stage.LatentCache;
import dev.darkroom.trainer.stage.LatentStage;
import dev.darkroom.trainer.stage.RunObserver;
import dev.darkroom.trainer.stage.UnetResult;
import dev.darkroom.trainer.stage.UnetStage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Fine-tunes the UNet of a published checkpoint, and its text encoder where asked to, on the
 * pictures of a data set in the bucket.
 *
 * <p>In the run's folder lies what cannot be had again: the state and the record of the steps. What
 * can - the pictures, the parent's weights, the latents - lies beside it and is made anew where
 * another machine goes on.
 */
public final class FineTuner implements FineTuning {
    private static final long SEED = 1;
    private static final int MOST_HELD_OUT = 256;
    private static final int FEW_PICTURES = 5_000;
    private static final int DRAWS_OF_FEW = 4;
    private static final int SHOWN = 8;
    private static final int KEPT_LOSSES = 200;
    private static final String PARENT = "parent";
    private static final String REPORT = "report";
    private static final String LORA = "pytorch_lora_weights.safetensors";

    private final EvaluationAids aids;
    private final InstantSource clock;
    private final LongSupplier nanoTime;

    /**
     * @param aids networks to measure with
     */
    public FineTuner(EvaluationAids aids, InstantSource clock, LongSupplier nanoTime) {
        this.aids = aids;
        this.clock = clock;
        this.nanoTime = nanoTime;
    }

    @Override
    public Optional<FineTuneResult> run(FineTuneOrder order, Path run, Observer observer) {
        Path scratch = run.resolveSibling("scratch");
        try {
            Files.createDirectories(scratch);
            try (ParentCheckpoint parent =
                            new ParentCheckpoint(
                                    order.parentFolder(), parentFolder(order, scratch));
                    RunObserver seen = new RunObserver(run, clock)) {
                return run(order, run, scratch, parent, seen, observer);
            }
        } catch (IOException e) {
            throw new DarkroomException(
                    ErrorCode.RESOURCE_EXHAUSTED, "the training cannot be kept in " + run, e);
        }
    }

    private Optional<FineTuneResult> run(
            FineTuneOrder order,
            Path run,
            Path scratch,
            ParentCheckpoint parent,
            RunObserver seen,
            Observer observer)
            throws IOException {
        String version = order.parent().version() + " " + order.data().fingerprint();
        String shown =
                version
                        + order.request()
                                .augmentation()
                                .map(
                                        how ->
                                                " "
                                                        + new String(
                                                                Json.write(how),
                                                                StandardCharsets.UTF_8))
                                .orElse("");
        HoldOut data = data(order, scratch, parent);
        Optional<LatentCache> training =
                encode(parent, scratch, "latents", shown, data.training(), observer);
        Optional<LatentCache> heldOut =
                training.isEmpty()
                        ? Optional.empty()
                        : encode(parent, scratch, "held-out", version, data.heldOut(), observer);
        if (heldOut.isEmpty()) {
            return Optional.empty();
        }
        TuningPlan plan =
                TuningPlan.of(
                        order.request(),
                        parent.unet(),
                        parent.networks(),
                        data.training().size(),
                        data.heldOut().captions().stream().distinct().limit(SHOWN).toList(),
                        parent.defaults().guidanceScale(),
                        parent.defaults().steps());
        UnetStage stage =
                new UnetStage(
                        run.resolve(UnetStage.NAME),
                        plan.settings(),
                        parent.surroundings(),
                        training.get(),
                        heldOut.get(),
                        SEED);
        InitialValues adapters = new InitialValues(SEED, UnetStage::beginsAtZero);
        ParameterValues initial =
                spec ->
                        Lora.isAdapter(spec.key())
                                ? adapters.values(spec)
                                : parent.values(Stage.UNET).values(spec);
        double parentLoss = stage.validationLoss(initial);
        Path target = run.resolve("checkpoint");
        Watch watch = new Watch(observer, run.resolve("worked.txt"), plan);
        boolean made = Files.exists(target);
        boolean done =
                made
                        || stage.run(
                                initial,
                                StageObserver.all(List.of(seen, watch)),
                                nanoTime,
                                observer::isStopping,
                                watch::isEnough,
                                (learned, unet, text) ->
                                        write(target, parent, plan, learned, text, run));
        if (!done) {
            return Optional.empty();
        }
        if (!made) {
            // From here on whoever goes on has these weights, and makes no others.
            observer.saved();
        }
        List<TrainingRecord.Line> record =
                TrainingRecord.read(RunObserver.record(run, UnetStage.NAME));
        FineTuneResult result =
                result(run, target, recipe(order.request(), plan), record, parentLoss);
        return Optional.of(
                isLarge(parent)
                        ? result
                        : evaluated(
                                result,
                                order,
                                data,
                                record,
                                run,
                                scratch,
                                parent.defaults().guidanceScale(),
                                observer));
    }

    /** Named by the version: one that was begun anew may have another parent. */
    private static Path parentFolder(FineTuneOrder order, Path scratch) {
        return scratch.resolve(PARENT + "-" + order.parent().version());
    }

    private static HoldOut data(FineTuneOrder order, Path scratch, ParentCheckpoint parent)
            throws IOException {
        int resolution =
                Math.max(parent.multiple(), parent.defaults().width())
                        / parent.multiple()
                        * parent.multiple();
        ImageFolder all =
                ImageFolder.read(
                        order.pictures(),
                        Files.createDirectories(scratch.resolve("decoded")),
                        settings(order.request(), resolution, parent.multiple()));
        if (all.size() < 2) {
            throw new DarkroomException(
                    ErrorCode.INVALID_DATASET,
                    "data set "
                            + order.data().dataset()
                            + " has one picture: one to learn from and one to measure on are the"
                            + " least");
        }
        return HoldOut.of(all, Math.max(1, Math.min(MOST_HELD_OUT, all.size() / 10)));
    }

    private static ImageFolder.Settings settings(
            TrainingRequest request, int resolution, int multiple) {
        ImageFolder.Settings usual = ImageFolder.Settings.standard(resolution, multiple);
        return request.augmentation()
                .map(
                        asked ->
                                usual.withAugmentation(
                                                new Augmentation(
                                                        asked.flips().orElse(0.0),
                                                        asked.shift().orElse(0)))
                                        .withTints(asked.tints().orElse(0.0)))
                .orElse(usual);
    }

    private static Optional<LatentCache> encode(
            ParentCheckpoint parent,
            Path scratch,
            String name,
            String version,
            ImageDataset dataset,
            Observer observer)
            throws IOException {
        Path folder = scratch.resolve(name);
        int draws = dataset.size() < FEW_PICTURES ? DRAWS_OF_FEW : 1;
        long records = (long) dataset.size() * draws;
        boolean done =
                new LatentStage(
                                folder,
                                parent.folder(),
                                dataset,
                                parent.surroundings().tokenizer(),
                                draws,
                                // Other pictures are encoded anew.
                                version)
                        .run(
                                written ->
                                        observer.progressed(
                                                new TrainingProgress(
                                                        name,
                                                        Math.min(written, records),
                                                        records,
                                                        Optional.empty(),
                                                        Optional.empty(),
                                                        Optional.empty())),
                                observer::isStopping);
        return done ? Optional.of(LatentCache.open(folder)) : Optional.empty();
    }

    private static void write(
            Path target,
            ParentCheckpoint parent,
            TuningPlan plan,
            UnetResult.Learned learned,
            List<ParameterSpec> text,
            Path run)
            throws IOException {
        Map<Stage, ParameterValues> values = new LinkedHashMap<>();
        for (Stage stage : Stage.values()) {
            values.put(stage, parent.values(stage));
        }
        Optional<Lora> lora = plan.settings().lora();
        if (lora.isPresent()) {
            Map<NetworkFolder, ParameterValues> adapters = new LinkedHashMap<>();
            adapters.put(NetworkFolder.UNET, learned.unet());
            values.put(Stage.UNET, lora.get().merged(parent.values(Stage.UNET), learned.unet()));
            if (!text.isEmpty()) {
                adapters.put(NetworkFolder.TEXT_ENCODER, learned.text());
                values.put(
                        Stage.TEXT_ENCODER,
                        lora.get().merged(parent.values(Stage.TEXT_ENCODER), learned.text()));
            }
            Path report = Files.createDirectories(run.resolve(REPORT));
            LoraFile.write(report.resolve(LORA), lora.get(), parent.networks(), adapters);
        } else {
            values.put(Stage.UNET, learned.unet());
            if (!text.isEmpty()) {
                values.put(Stage.TEXT_ENCODER, learned.text());
            }
        }
        Path draft = target.resolveSibling("checkpoint-part");
        Files.createDirectories(draft);
        new DiffusersFolder(ElementType.F32).write(draft, parent.files(), values::get);
        Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE);
    }

    private static Map<String, Object> recipe(TrainingRequest request, TuningPlan plan) {
        Map<String, Object> recipe =
                Json.mapper()
                        .convertValue(
                                plan.settings(),
                                new TypeReference<LinkedHashMap<String, Object>>() {});
        request.augmentation().ifPresent(how -> recipe.put("augmentation", how));
        return recipe;
    }

    private static FineTuneResult result(
            Path run,
            Path target,
            Map<String, Object> recipe,
            List<TrainingRecord.Line> lines,
            double parentLoss) {
        TrainingRecord.Line last = lines.get(lines.size() - 1);
        Double loss = last.scalars().get(StepReport.VALIDATION_LOSS);
        if (loss == null) {
            throw new IllegalStateException("the last step was not measured");
        }
        Path report = run.resolve(REPORT);
        return new FineTuneResult(
                target,
                recipe,
                last.step(),
                losses(lines),
                List.of(Score.validationLoss(loss)),
                List.of(Score.validationLoss(parentLoss)),
                Files.exists(report) ? Optional.of(report) : Optional.empty());
    }

    /** A large network would draw for hours: there the loss decides alone. */
    private static boolean isLarge(ParentCheckpoint parent) {
        return parent.networks().parameterCount(Stage.UNET) > TuningPlan.LARGE;
    }

    private FineTuneResult evaluated(
            FineTuneResult result,
            FineTuneOrder order,
            HoldOut data,
            List<TrainingRecord.Line> record,
            Path run,
            Path scratch,
            double guidanceScale,
            Observer observer)
            throws IOException {
        TuningEvaluation evaluation =
                new TuningEvaluation(
                        order.request().model(),
                        data,
                        scratch.resolve("evaluation"),
                        order.kept().resolve("classifiers"),
                        Map.of(UnetStage.NAME, record),
                        aids,
                        step -> judgeLearnt(step, observer),
                        clock);
        if (!evaluation.isPossible()) {
            return result;
        }
        TuningEvaluation.Pair pair =
                evaluation.run(
                        parentFolder(order, scratch),
                        result.parentScores().get(0).value(),
                        result.checkpoint(),
                        result.scores().get(0).value(),
                        guidanceScale);
        Path report = run.resolve(REPORT);
        pair.child().write(report);
        return new FineTuneResult(
                result.checkpoint(),
                result.recipe(),
                result.steps(),
                result.losses(),
                pair.scores(),
                pair.parentScores(),
                Optional.of(report));
    }

    private static void judgeLearnt(StepReport report, Observer observer) {
        observer.progressed(
                new TrainingProgress(
                        report.stage(),
                        report.step(),
                        report.steps(),
                        Optional.of(report.loss()),
                        Optional.of(report.examplesPerSecond()),
                        Optional.empty()));
    }

    /** Evenly over the steps, and every measurement. */
    private static List<TrainingProvenance.Loss> losses(List<TrainingRecord.Line> lines) {
        List<TrainingProvenance.Loss> losses = new ArrayList<>();
        int every = Math.max(1, lines.size() / KEPT_LOSSES);
        for (int i = 0; i < lines.size(); i++) {
            TrainingRecord.Line line = lines.get(i);
            if (i % every == 0 || i == lines.size() - 1) {
                losses.add(
                        new TrainingProvenance.Loss(
                                UnetStage.NAME, line.step(), line.loss(), false));
            }
            Double measured = line.scalars().get(StepReport.VALIDATION_LOSS);
            if (measured != null) {
                losses.add(
                        new TrainingProvenance.Loss(UnetStage.NAME, line.step(), measured, true));
            }
        }
        return losses;
    }

    /** Passes on what happens, and counts the work over all processes that shared it. */
    private static final class Watch implements StageObserver {
        private final Observer observer;
        private final Path file;
        private final Optional<Duration> minutes;
        private final Duration before;
        private final int examples;
        private Duration here = Duration.ZERO;

        Watch(Observer observer, Path file, TuningPlan plan) throws IOException {
            this.observer = observer;
            this.file = file;
            this.minutes = plan.minutes();
            this.examples = plan.settings().loop().examples();
            this.before =
                    Files.exists(file) ? Duration.parse(Files.readString(file)) : Duration.ZERO;
        }

        boolean isEnough(Duration worked) {
            return minutes.isPresent() && before.plus(worked).compareTo(minutes.get()) >= 0;
        }

        @Override
        public void step(StepReport report) {
            here = report.elapsed();
            double secondsPerStep = examples / report.examplesPerSecond();
            boolean known = minutes.isEmpty();
            observer.progressed(
                    new TrainingProgress(
                            report.stage(),
                            report.step(),
                            known ? report.steps() : 0,
                            Optional.of(report.loss()),
                            Optional.of(report.examplesPerSecond()),
                            Optional.of(
                                    known
                                            ? Math.round(
                                                    (report.steps() - report.step())
                                                            * secondsPerStep)
                                            : Math.max(
                                                    0,
                                                    minutes.get()
                                                            .minus(before)
                                                            .minus(here)
                                                            .toSeconds()))));
        }

        @Override
        public void saved(String stage, long step) {
            try {
                WholeFile.write(
                        file, before.plus(here).toString().getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                throw new DarkroomException(
                        ErrorCode.RESOURCE_EXHAUSTED, "cannot write " + file + ": " + e, e);
            }
            observer.saved();
        }
    }
}
