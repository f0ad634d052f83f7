package dev.darkroom.trainer.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.tensor.SafetensorsFile;
import dev.darkroom.diffusion.noise.TorchGenerator;
import dev.darkroom.engine.TensorflowNatives;
import dev.darkroom.network.checkpoint.ConfigurationFile;
import dev.darkroom.network.parameter.Lora;
import dev.darkroom.network.unet.UnetConfiguration;
import dev.darkroom.trainer.graph.InitialValues;
import dev.darkroom.trainer.graph.OptimizerOptions;
import dev.darkroom.trainer.graph.Precision;
import dev.darkroom.trainer.graph.TrainableParameters;
import dev.darkroom.trainer.graph.UnetTraining;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Graph;
import org.tensorflow.op.Ops;

/** A tiny UNet that learns to give back what it is shown. */
class TrainingLoopTest {
    private static final int BATCH = 4;
    private static final int SIDE = 4;
    private static final int CHANNELS = 2;
    private static final int TOKENS = 3;
    private static final int WIDTH = 8;
    private static final String CONFIGURATION =
            """
            {"_class_name": "UNet2DConditionModel", "sample_size": 4, "in_channels": 2,
             "out_channels": 2, "block_out_channels": [8, 16],
             "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D"],
             "up_block_types": ["CrossAttnUpBlock2D", "UpBlock2D"], "layers_per_block": 1,
             "cross_attention_dim": 8, "attention_head_dim": 2, "norm_num_groups": 4}
            """;

    @TempDir Path folder;

    @BeforeAll
    static void load() {
        TensorflowNatives.load();
    }

    /** Opened networks with the loop over them. */
    private final class Run implements AutoCloseable {
        final Graph graph = new Graph();
        final UnetTraining training;
        final TrainingSession session;
        final List<StepReport> reports = new ArrayList<>();
        final List<Long> saves = new ArrayList<>();
        final TrainingLoop loop;

        /** What each step and each save takes by the clock of this run. */
        long stepNanos = 1_000_000;

        long saveNanos;
        private long now;

        Run(String name, long steps, int accumulation, double peak) throws IOException {
            this(name, steps, accumulation, peak, Optional.empty());
        }

        Run(String name, long steps, int accumulation, double peak, Optional<Lora> lora)
                throws IOException {
            Ops tf = Ops.create(graph);
            Files.writeString(folder.resolve("config.json"), CONFIGURATION);
            training =
                    new UnetTraining(
                            graph,
                            UnetConfiguration.of(ConfigurationFile.read(folder, "config.json")),
                            Optional.empty(),
                            new TrainableParameters(
                                    tf, key -> lora.isEmpty() || Lora.isAdapter(key)),
                            source -> lora.isPresent() ? lora.get().over(tf, source) : source,
                            new OptimizerOptions(0.9, 0.99, 1e-8, 0.01, 1, accumulation, true));
            session =
                    new TrainingSession(
                            graph,
                            training.parameters(),
                            training.optimizer(),
                            training.loss(),
                            0.9,
                            // One thread adds in one order: only then are two runs equal to the
                            // bit.
                            Precision.FLOAT32.configuration().toBuilder()
                                    .setIntraOpParallelismThreads(1)
                                    .setInterOpParallelismThreads(1)
                                    .build());
            session.initialize(new InitialValues(7, key -> key.startsWith("unet.conv_out")));
            loop =
                    new TrainingLoop(
                            "unet",
                            folder.resolve(name),
                            session,
                            new LearningRate(peak, 3, 40, 0.1),
                            new TrainingLoop.Options(
                                    steps, BATCH * accumulation, 10, Duration.ofMinutes(1)),
                            observer(),
                            () -> now);
        }

        private StageObserver observer() {
            return new StageObserver() {
                @Override
                public void step(StepReport report) {
                    reports.add(report);
                }

                @Override
                public void saved(String stage, long step) {
                    saves.add(step);
                    now += saveNanos;
                }
            };
        }

        boolean run(long stopAfter) throws IOException {
            return run(stopAfter, Long.MAX_VALUE);
        }

        /**
         * @param enoughAfter steps, in whatever time they are made
         */
        boolean run(long stopAfter, long enoughAfter) throws IOException {
            return loop.run(
                    new TrainingLoop.Stage() {
                        @Override
                        public Feeds batch(long number) {
                            now += stepNanos;
                            int each = session.accumulation();
                            return feeds(number / each, number % each);
                        }

                        @Override
                        public Map<String, Double> measure(long step) {
                            return Map.of("measured", (double) step);
                        }
                    },
                    () -> session.steps() >= stopAfter,
                    worked -> session.steps() >= enoughAfter);
        }

        private Feeds feeds(long step, long part) {
            TorchGenerator random = new TorchGenerator(step * 10 + part);
            float[] shown = random.randn(BATCH * SIDE * SIDE * CHANNELS);
            float[] text = random.randn(BATCH * TOKENS * WIDTH);
            return new Feeds()
                    .floats(training.latents(), shown, BATCH, SIDE, SIDE, CHANNELS)
                    .floats(training.timesteps(), new float[] {1, 20, 300, 999}, BATCH)
                    .floats(training.target(), shown.clone(), BATCH, SIDE, SIDE, CHANNELS)
                    .floats(training.weights(), new float[] {1, 1, 1, 1}, BATCH)
                    .floats(training.givenText().orElseThrow(), text, BATCH, TOKENS, WIDTH);
        }

        double mean(int from, int to) {
            return reports.subList(from, to).stream()
                    .mapToDouble(StepReport::loss)
                    .average()
                    .orElseThrow();
        }

        @Override
        public void close() {
            session.close();
            graph.close();
        }
    }

    @Test
    void lossFallsAndMeasurementsAreReported() throws IOException {
        try (Run run = new Run("falls", 40, 1, 1e-2)) {
            assertThat(run.run(Long.MAX_VALUE)).isTrue();
            assertThat(run.reports).hasSize(40);
            assertThat(run.mean(35, 40)).isLessThan(0.5 * run.mean(0, 5));
            assertThat(run.reports)
                    .filteredOn(report -> report.scalars().containsKey("measured"))
                    .extracting(StepReport::step)
                    .containsExactly(10L, 20L, 30L, 40L);
        }
    }

    @Test
    void goesOnFromTheLastSaveAsIfNothingHadBeen() throws IOException {
        goesOnFromTheLastSaveAsIfNothingHadBeen(Optional.empty());
    }

    @Test
    void savesOfAdaptersAloneWhatIsTrainedAndGoesOnAllTheSame() throws IOException {
        goesOnFromTheLastSaveAsIfNothingHadBeen(
                Optional.of(new Lora(2, 2, Set.of(Lora.Target.UNET_ATTENTION))));

        try (SafetensorsFile state =
                SafetensorsFile.open(folder.resolve("parts").resolve(TrainingLoop.STATE))) {
            assertThat(state.tensors().keySet())
                    .allMatch(Lora::isAdapter)
                    .anyMatch(name -> name.startsWith("unet."))
                    .anyMatch(name -> name.startsWith("adam.v.unet."))
                    .anyMatch(name -> name.startsWith("average.unet."));
        }
    }

    private void goesOnFromTheLastSaveAsIfNothingHadBeen(Optional<Lora> lora) throws IOException {
        Map<String, float[]> whole;
        try (Run run = new Run("whole", 12, 2, 1e-2, lora)) {
            run.run(Long.MAX_VALUE);
            whole = run.session.values();
        }
        try (Run first = new Run("parts", 12, 2, 1e-2, lora)) {
            assertThat(first.run(5)).isFalse();
        }
        try (Run second = new Run("parts", 12, 2, 1e-2, lora)) {
            assertThat(second.run(Long.MAX_VALUE)).isTrue();
            assertThat(second.reports.get(0).step()).isEqualTo(6);
            assertThat(second.session.values().keySet()).isEqualTo(whole.keySet());
            second.session
                    .values()
                    .forEach(
                            (name, values) ->
                                    assertThat(values).as(name).isEqualTo(whole.get(name)));
        }
    }

    @Test
    void makesNoStepMoreWhereWhatWasSavedIsEnough() throws IOException {
        try (Run first = new Run("enough", 12, 1, 1e-2)) {
            assertThat(first.run(Long.MAX_VALUE, 5)).isTrue();
            assertThat(first.reports.get(4).scalars()).containsKey("measured");
        }
        try (Run second = new Run("enough", 12, 1, 1e-2)) {
            assertThat(second.run(Long.MAX_VALUE, 5)).isTrue();
            assertThat(second.session.steps()).isEqualTo(5);
            assertThat(second.reports).isEmpty();
        }
    }

    @Test
    void savesWithTheTimeAndTheLessOftenTheLongerASaveTakes() throws IOException {
        try (Run quick = new Run("quick", 40, 1, 1e-2)) {
            quick.stepNanos = Duration.ofSeconds(20).toNanos();
            quick.saveNanos = Duration.ofSeconds(5).toNanos();
            quick.run(Long.MAX_VALUE);
            assertThat(quick.saves).startsWith(3L, 6L, 9L).endsWith(39L, 40L);
        }
        try (Run slow = new Run("slow", 40, 1, 1e-2)) {
            slow.stepNanos = Duration.ofSeconds(20).toNanos();
            slow.saveNanos = Duration.ofSeconds(30).toNanos();
            slow.run(Long.MAX_VALUE);
            // After one minute, then after ten times half a minute each; and at the end.
            assertThat(slow.saves).containsExactly(3L, 18L, 33L, 40L);
        }
    }

    @Test
    void averagesFollowTheParameters() throws IOException {
        try (Run run = new Run("averages", 12, 1, 1e-2)) {
            run.run(Long.MAX_VALUE);
            Map<String, float[]> values = run.session.values();
            float[] moved = values.get("unet.conv_in.weight");
            float[] average = values.get("average.unet.conv_in.weight");
            assertThat(average).isNotEqualTo(moved);
            for (int i = 0; i < moved.length; i++) {
                assertThat(average[i])
                        .isCloseTo(moved[i], org.assertj.core.api.Assertions.within(0.1f));
            }
        }
    }

    @Test
    void endsWithAnErrorWhenTheLossIsNoNumber() throws IOException {
        try (Run run = new Run("diverges", 40, 1, 1e30)) {
            assertThatThrownBy(() -> run.run(Long.MAX_VALUE))
                    .isInstanceOf(DarkroomException.class)
                    .hasMessageContaining("lower learning rate")
                    .extracting(e -> ((DarkroomException) e).code())
                    .isEqualTo(ErrorCode.TRAINING_DIVERGED);
        }
    }

    @Test
    void refusesTheStateOfAnotherOptimizer() throws IOException {
        try (Run run = new Run("state", 2, 2, 1e-2)) {
            run.run(Long.MAX_VALUE);
        }
        try (Run other = new Run("state", 4, 1, 1e-2)) {
            assertThatThrownBy(() -> other.run(Long.MAX_VALUE))
                    .isInstanceOf(DarkroomException.class)
                    .hasMessageContaining("not the state of this network");
        }
    }
}
