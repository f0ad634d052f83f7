package dev.darkroom.network.parameter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.engine.TensorflowNatives;
import dev.darkroom.network.parameter.Lora.Target;
import dev.darkroom.testing.Goldens;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

class LoraTest {
    private static final ParameterSpec QUERIES =
            matrix("down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.weight", 6, 10);
    private static final ParameterSpec FEED_FORWARD =
            matrix("down_blocks.0.attentions.0.transformer_blocks.0.ff.net.2.weight", 10, 6);
    private static final ParameterSpec TEXT =
            matrix("text_model.encoder.layers.1.self_attn.out_proj.weight", 6, 6);
    private static final ParameterValues RANDOM =
            spec -> {
                SplittableRandom random = new SplittableRandom(spec.key().hashCode());
                float[] values = new float[(int) spec.elements()];
                for (int i = 0; i < values.length; i++) {
                    values[i] = (float) random.nextGaussian();
                }
                return values;
            };

    private static ParameterSpec matrix(String key, long in, long out) {
        return new ParameterSpec(key, ParameterLayout.LINEAR, List.of(in, out));
    }

    @Test
    void adaptsTheMatricesOfItsTargetsAndNoOthers() {
        Lora attention = new Lora(4, 4, Set.of(Target.UNET_ATTENTION));
        Lora all = new Lora(4, 4, Set.of(Target.values()));

        assertThat(attention.adapts(QUERIES)).isTrue();
        assertThat(attention.adapts(FEED_FORWARD)).isFalse();
        assertThat(attention.adapts(TEXT)).isFalse();
        assertThat(all.adapts(FEED_FORWARD)).isTrue();
        assertThat(all.adapts(TEXT)).isTrue();
        assertThat(all.adapts(matrix("time_embedding.linear_1.weight", 4, 4))).isFalse();
        assertThat(all.adapts(matrix("mid.attn1.to_out.0.bias", 4, 4))).isFalse();
    }

    @Test
    void namesAdaptersAsDiffusersDoes() {
        Lora lora = new Lora(4, 8, Set.of(Target.UNET_ATTENTION));
        String module = "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q";

        assertThat(lora.a(QUERIES)).isEqualTo(matrix(module + ".lora_A.weight", 6, 4));
        assertThat(lora.b(QUERIES)).isEqualTo(matrix(module + ".lora_B.weight", 4, 10));
        assertThat(Lora.isAdapter(lora.a(QUERIES).key())).isTrue();
        assertThat(Lora.isB(lora.b(QUERIES).key())).isTrue();
        assertThat(Lora.isAdapter(QUERIES.key())).isFalse();
    }

    /** The graph that is trained and the checkpoint that is served are the same network. */
    @Test
    void mergesIntoWhatItsGraphComputes() {
        TensorflowNatives.load();
        Lora lora = new Lora(3, 6, Set.of(Target.UNET_ATTENTION));
        List<String> asked = new ArrayList<>();
        try (Graph graph = new Graph();
                Session session = new Session(graph)) {
            Ops tf = Ops.create(graph);
            Map<String, Operand<TFloat32>> known = new HashMap<>();
            ParameterSource source =
                    lora.over(
                            tf,
                            spec ->
                                    known.computeIfAbsent(
                                            spec.key(),
                                            key -> {
                                                asked.add(key);
                                                return tf.constant(
                                                        Shape.of(
                                                                spec.shape().get(0),
                                                                spec.shape().get(1)),
                                                        DataBuffers.of(RANDOM.values(spec)));
                                            }));
            for (ParameterSpec spec : List.of(QUERIES, FEED_FORWARD)) {
                assertThat(source.parameter(spec)).isSameAs(source.parameter(spec));
                try (Result result = session.runner().fetch(source.parameter(spec)).run()) {
                    float[] computed = new float[(int) spec.elements()];
                    ((TFloat32) result.get(0)).asRawTensor().data().asFloats().read(computed);
                    assertThat(
                                    Goldens.maxDifference(
                                            computed, lora.merged(RANDOM, RANDOM).values(spec)))
                            .as("%s, one rounding of float32 apart", spec.key())
                            .isLessThan(1e-5);
                }
            }
        }
        assertThat(asked)
                .containsExactlyInAnyOrder(
                        QUERIES.key(),
                        lora.a(QUERIES).key(),
                        lora.b(QUERIES).key(),
                        FEED_FORWARD.key());
        assertThat(lora.merged(RANDOM, RANDOM).values(QUERIES))
                .isNotEqualTo(RANDOM.values(QUERIES));
    }
}
