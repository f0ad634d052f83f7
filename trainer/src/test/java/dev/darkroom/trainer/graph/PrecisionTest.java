package dev.darkroom.trainer.graph;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.tensorflow.proto.RewriterConfig;

class PrecisionTest {
    private static final String PLAIN = "flags\t\t: fpu avx2 avx512f avx512_vnni";
    private static final String VECTOR = "flags\t\t: fpu avx2 avx512f avx512_bf16";
    private static final String MATRIX = "flags\t\t: fpu avx512f avx512_bf16 amx_bf16 amx_tile";

    @Test
    void isMixedWhereEveryProcessorMultipliesBfloat16() {
        assertThat(Precision.of(Stream.of("processor\t: 0", MATRIX, "", MATRIX)))
                .isEqualTo(Precision.MIXED_BFLOAT16);
        assertThat(Precision.of(Stream.of(VECTOR, VECTOR))).isEqualTo(Precision.MIXED_BFLOAT16);
        assertThat(Precision.of(Stream.of(MATRIX, PLAIN))).isEqualTo(Precision.FLOAT32);
        assertThat(Precision.of(Stream.of(PLAIN))).isEqualTo(Precision.FLOAT32);
    }

    @Test
    void isFloat32WhereNothingIsSaid() {
        assertThat(Precision.of(Stream.of())).isEqualTo(Precision.FLOAT32);
        assertThat(Precision.of(Stream.of("model name\t: amx_bf16", "flags")))
                .isEqualTo(Precision.FLOAT32);
        assertThat(Precision.of(Stream.of("flags\t: amx_bf16_later"))).isEqualTo(Precision.FLOAT32);
    }

    @Test
    void asksTensorflowToRewriteOnlyWhereMixed() {
        assertThat(rewriting(Precision.MIXED_BFLOAT16)).isEqualTo(RewriterConfig.Toggle.ON);
        assertThat(rewriting(Precision.FLOAT32)).isNotEqualTo(RewriterConfig.Toggle.ON);
    }

    private static RewriterConfig.Toggle rewriting(Precision precision) {
        return precision
                .configuration()
                .getGraphOptions()
                .getRewriteOptions()
                .getAutoMixedPrecisionOnednnBfloat16();
    }
}
