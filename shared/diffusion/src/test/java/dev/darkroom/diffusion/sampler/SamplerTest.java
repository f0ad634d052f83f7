package dev.darkroom.diffusion.sampler;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.tensor.ElementType;
import dev.darkroom.diffusion.schedule.SchedulerConfiguration;
import dev.darkroom.testing.Goldens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Samplers against diffusers' schedulers, from the noise to the end on a fake model, with the
 * tolerances of the goldens: how much the walk amplifies float32 rounding.
 */
class SamplerTest {
    private static final Map<String, Sampler> FAMILIES =
            Map.ofEntries(
                    Map.entry("ddim", new DdimSampler()),
                    Map.entry("ddim_trailing", new DdimSampler()),
                    Map.entry("ddim_zsnr", new DdimSampler()),
                    Map.entry("ddim_clip", new DdimSampler()),
                    Map.entry("ddim_threshold", new DdimSampler()),
                    Map.entry("euler", new EulerSampler()),
                    Map.entry("euler_leading", new EulerSampler()),
                    Map.entry("euler_karras", new EulerSampler()),
                    Map.entry("dpmpp_2m", new DpmSolverSampler(false)),
                    Map.entry("dpmpp_2m_threshold", new DpmSolverSampler(false)),
                    Map.entry("dpmpp_2m_karras", new DpmSolverSampler()));

    private static Goldens goldens;
    private static Goldens more;
    private static Latents noise;
    private static float[] phase;

    @BeforeAll
    static void open() {
        goldens = Goldens.open("schedulers");
        more = Goldens.open("schedulers-more");
        noise = new Latents(1, 4, 4, 4, goldens.nhwc("unit_noise"));
        phase = goldens.nhwc("phase");
    }

    @AfterAll
    static void close() {
        goldens.close();
        more.close();
    }

    /** A case as its parameters are shown. */
    record Case(String id, JsonNode values) {
        @Override
        public String toString() {
            return id;
        }

        SchedulerConfiguration configuration() {
            return SchedulerConfiguration.of(
                    Json.mapper()
                            .convertValue(
                                    values.get("config"),
                                    new TypeReference<Map<String, Object>>() {}));
        }
    }

    private static Stream<Case> cases(String file) {
        try (Goldens index = Goldens.open(file)) {
            return StreamSupport.stream(index.index().get("cases").spliterator(), false)
                    .map(values -> new Case(values.get("id").asText(), values));
        }
    }

    static Stream<Case> trajectories() {
        List<Case> found =
                cases("schedulers").filter(c -> FAMILIES.containsKey(family(c))).toList();
        assertThat(found.stream().map(SamplerTest::family)).containsAll(FAMILIES.keySet());
        return found.stream();
    }

    private static String family(Case values) {
        return values.id().substring(0, Math.max(0, values.id().indexOf('.')));
    }

    @ParameterizedTest
    @MethodSource("trajectories")
    void walksTheTrajectoryOfDiffusers(Case golden) {
        SchedulerConfiguration configuration = golden.configuration();
        FakeNetwork network = new FakeNetwork(configuration.predictionType(), phase);
        List<Integer> told = new ArrayList<>();
        int steps = golden.values().get("num_inference_steps").asInt();

        float[] end =
                FAMILIES.get(family(golden))
                        .sample(
                                network,
                                noise,
                                configuration,
                                steps,
                                (step, all, clean) -> {
                                    assertThat(step).isEqualTo(told.size() + 1);
                                    assertThat(all).isEqualTo(steps);
                                    told.add(step);
                                })
                        .values();

        assertTimesteps(network, timesteps(golden.id() + ".timesteps"));
        double tolerance = golden.values().get("tol_closed_loop").asDouble();
        List<float[]> inputs = calls(golden.id() + ".model_input");
        for (int call = 0; call < inputs.size(); call++) {
            assertThat(Goldens.maxDifference(network.inputs.get(call), inputs.get(call)))
                    .as("what the model sees in call %s", call)
                    .isLessThan(tolerance);
        }
        List<float[]> samples = calls(golden.id() + ".prev_sample");
        assertThat(Goldens.maxDifference(end, samples.get(samples.size() - 1)))
                .as("the end")
                .isLessThan(tolerance);
        assertThat(told).hasSize(samples.size());
    }

    static Stream<Case> configurations() {
        return cases("schedulers-more");
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void readsTheConfigurationLikeTheDiffusersClassOfTheSampler(Case golden) {
        SchedulerConfiguration configuration = golden.configuration();
        FakeNetwork network = new FakeNetwork(configuration.predictionType(), phase);
        Sampler sampler = FAMILIES.get(golden.values().get("sampler").asText());

        float[] end =
                sampler.sample(
                                network,
                                noise,
                                configuration,
                                golden.values().get("steps").asInt(),
                                StepListener.none())
                        .values();

        assertTimesteps(network, more.floats(golden.id() + ".timesteps"));
        assertThat(Goldens.maxDifference(end, more.nhwc(golden.id() + ".final")))
                .isLessThan(golden.values().get("tol").asDouble());
    }

    /** Fractional timesteps agree as far as two float32 logarithms do. */
    private static void assertTimesteps(FakeNetwork network, float[] expected) {
        assertThat(network.timesteps).hasSize(expected.length);
        for (int i = 0; i < expected.length; i++) {
            assertThat(Math.abs(network.timesteps.get(i) - expected[i]))
                    .as("timestep %s: %s, not %s", i, network.timesteps.get(i), expected[i])
                    .isLessThan(1e-3f);
        }
    }

    /** Whole ones are stored as integers. */
    private static float[] timesteps(String name) {
        if (goldens.tensors().info(name).type() != ElementType.I64) {
            return goldens.floats(name);
        }
        long[] whole = goldens.tensors().integers(name);
        float[] timesteps = new float[whole.length];
        for (int i = 0; i < whole.length; i++) {
            timesteps[i] = whole[i];
        }
        return timesteps;
    }

    /** A tensor [calls, 1, C, h, w] as one NHWC array per call. */
    private static List<float[]> calls(String name) {
        int[] shape = goldens.shape(name);
        assertThat(shape).hasSize(5);
        float[] values =
                Goldens.toNhwc(goldens.floats(name), shape[0], shape[2], shape[3] * shape[4]);
        int length = values.length / shape[0];
        List<float[]> calls = new ArrayList<>();
        for (int call = 0; call < shape[0]; call++) {
            calls.add(Arrays.copyOfRange(values, call * length, (call + 1) * length));
        }
        return calls;
    }
}
