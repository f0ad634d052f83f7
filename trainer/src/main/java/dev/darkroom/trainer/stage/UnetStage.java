package dev.darkroom.trainer.stage;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.contract.json.Json;
import dev.darkroom.diffusion.noise.TorchGenerator;
import dev.darkroom.diffusion.picture.ImageGrid;
import dev.darkroom.diffusion.schedule.NoiseTable;
import dev.darkroom.diffusion.schedule.SchedulerConfiguration;
import dev.darkroom.engine.TensorflowNatives;
import dev.darkroom.network.checkpoint.ConfigurationFile;
import dev.darkroom.network.parameter.Lora;
import dev.darkroom.network.parameter.ParameterValues;
import dev.darkroom.network.unet.UnetConfiguration;
import dev.darkroom.trainer.data.BatchLimit;
import dev.darkroom.trainer.data.BatchOrder;
import dev.darkroom.trainer.data.Bucket;
import dev.darkroom.trainer.data.KeyedRandom;
import dev.darkroom.trainer.evaluate.TextToImageModel;
import dev.darkroom.trainer.loop.Feeds;
import dev.darkroom.trainer.loop.StageObserver;
import dev.darkroom.trainer.loop.StepReport;
import dev.darkroom.trainer.loop.TrainingLoop;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/** Trains the UNet on cached latents, and the text encoder or adapters with it where asked to. */
public final class UnetStage {
    public static final String NAME = "unet";

    private static final BatchLimit MEASURED_TOGETHER = new BatchLimit(128, 8 * 8);
    private static final int MOST_OF_A_RECORD = 4;
    private static final int LEAST_OF_A_SIZE = 2;
    private static final int GRID_COLUMNS = 8;

    private final Path folder;
    private final UnetSettings settings;
    private final UnetSurroundings around;
    private final LatentCache training;
    private final LatentCache validation;
    private final long seed;
    private final int[] noCaption;
    private final SchedulerConfiguration scheduler;
    private final NoiseTable table;
    private final List<Bucket> parts;
    private final BatchOrder order;

    /**
     * @param folder of this stage; made
     * @param validation records that are not trained on
     */
    public UnetStage(
            Path folder,
            UnetSettings settings,
            UnetSurroundings around,
            LatentCache training,
            LatentCache validation,
            long seed) {
        this.folder = folder;
        this.settings = settings;
        this.around = around;
        this.training = training;
        this.validation = validation;
        this.seed = seed;
        this.noCaption = around.tokenizer().encodePadded("");
        this.scheduler = SchedulerConfiguration.of(options(around.scheduler()));
        this.table = scheduler.ddim().table();
        this.parts = training.header().parts().stream().map(LatentCache.Part::bucket).toList();
        Map<Bucket, Integer> records = new TreeMap<>();
        for (LatentCache.Part part : training.header().parts()) {
            records.put(part.bucket(), Math.toIntExact(part.records()));
        }
        int batch = settings.loop().examples() / settings.optimizer().accumulation();
        this.order = BatchOrder.of(records, batch, seed);
    }

    private static Map<String, Object> options(JsonNode scheduler) {
        return Json.mapper().convertValue(scheduler, new TypeReference<>() {});
    }

    /**
     * Goes on from the last save to the end, or until told to stop.
     *
     * @param initial values of the UNet to begin with, and of the adapters where there are any;
     *     keys without prefix
     * @param enough as of {@link TrainingLoop#run(TrainingLoop.Stage, BooleanSupplier, Predicate)}
     * @return whether it is finished; then {@code finished} was given the values
     */
    public boolean run(
            ParameterValues initial,
            StageObserver observer,
            LongSupplier nanoTime,
            BooleanSupplier stop,
            Predicate<Duration> enough,
            UnetResult finished)
            throws IOException {
        try (UnetLearner learner = learner(initial)) {
            TrainingLoop loop =
                    new TrainingLoop(
                            NAME,
                            folder,
                            learner.session(),
                            settings.learningRate(),
                            settings.loop(),
                            observer,
                            nanoTime);
            if (!loop.run(new Steps(learner, observer), stop, enough)) {
                return false;
            }
            finished.take(learner.averages(), learner.unetSpecs(), learner.textSpecs());
            return true;
        }
    }

    /** The loss of a UNet as it is on the validation records, as it is measured in training. */
    public double validationLoss(ParameterValues values) {
        try (UnetLearner learner = learner(values)) {
            return new Steps(learner, report -> {}).validationLoss();
        }
    }

    private UnetLearner learner(ParameterValues initial) {
        TensorflowNatives.load();
        return new UnetLearner(
                UnetConfiguration.of(ConfigurationFile.of(NAME, Json.write(settings.network()))),
                settings,
                around,
                initial);
    }

    private final class Steps implements TrainingLoop.Stage {
        private final UnetLearner learner;
        private final StageObserver observer;

        Steps(UnetLearner learner, StageObserver observer) {
            this.learner = learner;
            this.observer = observer;
        }

        @Override
        public Feeds batch(long batch) {
            int part = parts.indexOf(order.bucket(batch));
            int[] records = order.indices(batch);
            int[][] tokenIds = tokenIds(training, part, records);
            KeyedRandom random = new KeyedRandom(seed, batch, 1);
            for (int n = 0; n < tokenIds.length; n++) {
                if (random.chance(settings.captionDropout())) {
                    tokenIds[n] = noCaption;
                }
            }
            NoisyLatents noisy =
                    new NoisyLatents(
                            clean(training, part, records, seed, batch),
                            records.length,
                            table,
                            scheduler.predictionType(),
                            settings.snrGamma(),
                            seed,
                            batch,
                            2);
            return learner.feeds(training.header().parts().get(part), noisy, tokenIds);
        }

        @Override
        public Map<String, Double> measure(long step) {
            if (!settings.shown().isEmpty()) {
                TextToImageModel model = learner.model(scheduler, validation.header());
                observer.samples(
                        NAME,
                        step,
                        ImageGrid.of(
                                model.make(
                                        settings.shown(),
                                        seed,
                                        settings.guidanceScale(),
                                        UnetLearner.sampling(
                                                settings, validation.header().parts().get(0))),
                                GRID_COLUMNS,
                                2,
                                0));
            }
            return Map.of(StepReport.VALIDATION_LOSS, validationLoss());
        }

        /**
         * Mean squared error of the noise, at noise and timesteps that are always the same: every
         * size of picture weighs as much as it has pictures.
         */
        private double validationLoss() {
            List<LatentCache.Part> shapes = validation.header().parts();
            long records = shapes.stream().mapToLong(LatentCache.Part::records).sum();
            // Few records are asked at more timesteps: one alone would say what its timestep is.
            long measured = Math.min(settings.measured(), MOST_OF_A_RECORD * records);
            double sum = 0;
            for (int part = 0; part < shapes.size(); part++) {
                double share = (double) shapes.get(part).records() / records;
                int count = (int) Math.max(LEAST_OF_A_SIZE, Math.round(measured * share));
                sum += share * error(part, count);
            }
            return sum;
        }

        /** Each picture once before any is drawn again. */
        private double error(int part, int all) {
            LatentCache.Part shape = validation.header().parts().get(part);
            int together = MEASURED_TOGETHER.at(shape.height(), shape.width());
            double sum = 0;
            for (int from = 0; from < all; from += together) {
                int count = Math.min(together, all - from);
                sum += count * error(part, from, count);
            }
            return sum / all;
        }

        private double error(int part, int from, int count) {
            LatentCache.Part shape = validation.header().parts().get(part);
            int[] records = new int[count];
            Arrays.setAll(records, i -> (int) ((from + i) % shape.records()));
            NoisyLatents noisy =
                    new NoisyLatents(
                            clean(validation, part, records, 0, from),
                            count,
                            table,
                            scheduler.predictionType(),
                            0,
                            part,
                            from);
            try (Feeds feeds = learner.feeds(shape, noisy, tokenIds(validation, part, records))) {
                return noisy.epsilonError(
                        learner.predict(feeds), table, scheduler.predictionType());
            }
        }
    }

    private static int[][] tokenIds(LatentCache cache, int part, int[] records) {
        int[][] tokenIds = new int[records.length][cache.header().tokens()];
        for (int n = 0; n < records.length; n++) {
            cache.tokenIds(part, records[n], tokenIds[n], 0);
        }
        return tokenIds;
    }

    /** Latents drawn from the encoder's distributions. */
    private static float[] clean(
            LatentCache cache, int part, int[] records, long seed, long batch) {
        LatentCache.Part shape = cache.header().parts().get(part);
        int each = shape.height() * shape.width() * cache.header().channels();
        float[] noise =
                new TorchGenerator(new KeyedRandom(seed, batch, 3).nextLong())
                        .randn(each * records.length);
        float[] clean = new float[noise.length];
        for (int n = 0; n < records.length; n++) {
            cache.sample(part, records[n], noise, clean, n * each);
        }
        return clean;
    }

    /**
     * Keys that begin at zero: each residual branch, and so the whole network, adds nothing yet.
     */
    public static boolean beginsAtZero(String key) {
        return key.endsWith("conv_out.weight")
                || key.endsWith(".conv2.weight")
                || key.endsWith(".proj_out.weight")
                || Lora.isB(key);
    }

    /** The configuration with what training decides: nothing yet but the class's name. */
    public static ObjectNode completed(JsonNode network) {
        ObjectNode json = network.deepCopy();
        if (!json.has("_class_name")) {
            json.put("_class_name", "UNet2DConditionModel");
        }
        return json;
    }
}
