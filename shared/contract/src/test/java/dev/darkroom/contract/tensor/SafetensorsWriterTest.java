package dev.darkroom.contract.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsWriterTest {
    private static final TensorDeclaration HALVES =
            new TensorDeclaration("a.halves", ElementType.F16, List.of(3L));
    private static final TensorDeclaration MATRIX =
            new TensorDeclaration("b.matrix", ElementType.F32, List.of(2L, 2L));
    private static final TensorDeclaration SCALAR =
            new TensorDeclaration("a.scalar", ElementType.F32, List.of());
    private static final Map<String, float[]> VALUES =
            Map.of(
                    "a.halves", new float[] {1, -0.1f, 65_504},
                    "b.matrix", new float[] {1, 2, 3, Float.MIN_VALUE},
                    "a.scalar", new float[] {-7});

    @TempDir Path folder;

    private Path file;

    @BeforeEach
    void name() {
        file = folder.resolve("x.safetensors");
    }

    @Test
    void readsBackWhatWasWritten() throws IOException {
        SafetensorsWriter.write(
                file, List.of(HALVES, MATRIX, SCALAR), VALUES, SafetensorsWriter.PYTORCH);

        try (SafetensorsFile read = SafetensorsFile.open(file)) {
            assertThat(read.metadata()).isEqualTo(Map.of("format", "pt"));
            assertThat(read.tensors().keySet()).containsExactly("a.scalar", "b.matrix", "a.halves");
            assertThat(read.info("b.matrix").shape()).isEqualTo(List.of(2L, 2L));
            assertThat(read.info("a.halves").type()).isEqualTo(ElementType.F16);
            assertThat(read.floats("b.matrix")).isEqualTo(VALUES.get("b.matrix"));
            assertThat(read.floats("a.scalar")).isEqualTo(VALUES.get("a.scalar"));
            assertThat(read.floats("a.halves")).containsExactly(1, -0.099975586f, 65_504);
        }
    }

    /** The bytes that safetensors 0.8 for Python writes for these tensors. */
    @Test
    void writesWhatTheReferenceImplementationWrites() throws IOException {
        SafetensorsWriter.write(
                file, List.of(HALVES, MATRIX, SCALAR), VALUES, SafetensorsWriter.PYTORCH);

        String header =
                "{\"__metadata__\":{\"format\":\"pt\"},"
                        + "\"a.scalar\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]},"
                        + "\"b.matrix\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[4,20]},"
                        + "\"a.halves\":{\"dtype\":\"F16\",\"shape\":[3],\"data_offsets\":[20,26]}}";
        int padded = (header.length() + 7) / 8 * 8;
        ByteBuffer expected =
                ByteBuffer.allocate(8 + padded + 26)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(padded)
                        .put(header.getBytes(StandardCharsets.UTF_8))
                        .put(" ".repeat(padded - header.length()).getBytes(StandardCharsets.UTF_8))
                        .putFloat(-7)
                        .putFloat(1)
                        .putFloat(2)
                        .putFloat(3)
                        .putFloat(Float.MIN_VALUE)
                        .putShort((short) 0x3c00)
                        .putShort((short) 0xae66)
                        .putShort((short) 0x7bff);
        assertThat(Files.readAllBytes(file)).isEqualTo(expected.array());
    }

    @Test
    void givesTheSameBytesInWhateverOrderTensorsCome() throws IOException {
        SafetensorsWriter.write(file, List.of(HALVES, MATRIX, SCALAR), VALUES, Map.of());
        byte[] first = Files.readAllBytes(file);
        SafetensorsWriter.write(file, List.of(SCALAR, HALVES, MATRIX), VALUES, Map.of());

        assertThat(Files.readAllBytes(file)).isEqualTo(first);
    }

    @Test
    void writesATensorLargerThanItsBufferInPieces() throws IOException {
        float[] values = new float[700_001];
        for (int i = 0; i < values.length; i++) {
            values[i] = i;
        }
        TensorDeclaration large =
                new TensorDeclaration("t", ElementType.F32, List.of(2L * values.length));
        try (SafetensorsWriter writer = SafetensorsWriter.create(file, List.of(large), Map.of())) {
            writer.append("t", values);
            writer.append("t", values, 700_000);
            writer.append("t", new float[] {-1}, 1);
            writer.finish();
        }

        try (SafetensorsFile read = SafetensorsFile.open(file)) {
            float[] all = read.floats("t");
            assertThat(all[700_000]).isEqualTo(700_000);
            assertThat(all[700_001]).isZero();
            assertThat(all[1_400_000]).isEqualTo(699_999);
            assertThat(all[1_400_001]).isEqualTo(-1);
        }
    }

    @Test
    void leavesTheOldFileUntilTheNewOneIsWhole() throws IOException {
        Files.writeString(file, "old");
        try (SafetensorsWriter writer = SafetensorsWriter.create(file, List.of(MATRIX), Map.of())) {
            writer.append("b.matrix", new float[3]);
            assertThatThrownBy(writer::finish)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("b.matrix");
        }

        assertThat(Files.readString(file)).isEqualTo("old");
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).containsExactly(file);
        }
    }

    @Test
    void refusesWhatWasNotDeclared() throws IOException {
        try (SafetensorsWriter writer = SafetensorsWriter.create(file, List.of(MATRIX), Map.of())) {
            assertThatThrownBy(() -> writer.append("b.matrix", new float[5]))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> writer.append("other", new float[1]))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> SafetensorsWriter.create(file, List.of(MATRIX, MATRIX), Map.of()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new TensorDeclaration("__metadata__", ElementType.F32, List.of()))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
