package dev.darkroom.trainer.graph;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GraphOptions;
import org.tensorflow.proto.RewriterConfig;

/**
 * How a training step computes. Variables, losses and the optimizer are float32 either way; mixed
 * precision lets TensorFlow compute convolutions and matrix products in bfloat16 (Micikevicius et
 * al. 2018, arXiv:1710.03740, and Kalamkar et al. 2019, arXiv:1905.12322, by which bfloat16 needs
 * no scaling of the loss).
 */
public enum Precision {
    FLOAT32,
    MIXED_BFLOAT16;

    private static final Path PROCESSORS = Path.of("/proc/cpuinfo");

    /** Of processors that multiply bfloat16: matrices at once (AMX), or vectors (AVX-512). */
    private static final Set<String> MULTIPLIES = Set.of("amx_bf16", "avx512_bf16");

    /** The faster one on this machine. */
    public static Precision ofThisMachine() {
        try (Stream<String> lines = Files.lines(PROCESSORS)) {
            return of(lines);
        } catch (IOException e) {
            return FLOAT32;
        }
    }

    /**
     * Mixed where every processor multiplies bfloat16 itself; float32 everywhere else, where it
     * would have to be converted for each product.
     *
     * @param processors lines of Linux's {@code /proc/cpuinfo}
     */
    static Precision of(Stream<String> processors) {
        Set<Boolean> found =
                processors
                        .filter(line -> line.toLowerCase(Locale.ROOT).startsWith("flags"))
                        .map(line -> line.substring(line.indexOf(':') + 1).strip())
                        .map(flags -> Stream.of(flags.split("\\s+")).anyMatch(MULTIPLIES::contains))
                        .collect(Collectors.toSet());
        return found.equals(Set.of(true)) ? MIXED_BFLOAT16 : FLOAT32;
    }

    /**
     * What a session that trains is opened with.
     *
     * <p>TensorFlow's graph optimizer rewrites for bfloat16, and is switched off elsewhere: a step
     * of the bundled model's UNet takes 0.46 s with it and without, but the first one 5 s with it
     * and 0.9 s without, and so does each other thing that the session is asked for.
     */
    public ConfigProto configuration() {
        RewriterConfig.Builder rewriting = RewriterConfig.newBuilder();
        if (this == MIXED_BFLOAT16) {
            rewriting.setAutoMixedPrecisionOnednnBfloat16(RewriterConfig.Toggle.ON);
        } else {
            rewriting.setDisableMetaOptimizer(true);
        }
        return ConfigProto.newBuilder()
                .setGraphOptions(GraphOptions.newBuilder().setRewriteOptions(rewriting))
                .build();
    }
}
