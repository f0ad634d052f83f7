package dev.darkroom.contract.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsFileTest {
    @TempDir Path folder;

    private Path write(String header, byte[] data) {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        return write(json.length, json, data);
    }

    private Path write(long headerLength, byte[] header, byte[] data) {
        ByteBuffer bytes =
                ByteBuffer.allocate(8 + header.length + data.length)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(headerLength)
                        .put(header)
                        .put(data);
        try {
            return Files.write(folder.resolve("x.safetensors"), bytes.array());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static String tensor(String name, String type, String shape, String offsets) {
        return "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":%s}"
                .formatted(name, type, shape, offsets);
    }

    private static void assertRefused(Path file, String... named) {
        DarkroomException refusal =
                catchThrowableOfType(
                        DarkroomException.class, () -> SafetensorsFile.open(file).close());
        assertThat(refusal).isNotNull();
        assertThat(refusal.code()).isEqualTo(ErrorCode.INVALID_CHECKPOINT);
        assertThat(refusal.reason()).startsWith("x.safetensors ").contains(named);
        assertThat(refusal.reason().length()).isLessThan(1000);
    }

    @Test
    void readsEveryFloatTypeAsFloat32() {
        ByteBuffer data = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
        data.putFloat(1.5f).putFloat(-2f).putShort((short) 0x3e00).putShort((short) 0xc000);
        data.putShort((short) 0x3fc0).putShort((short) 0xc000).putDouble(0.1);
        Path file =
                write(
                        "{\"__metadata__\":{\"format\":\"pt\"},"
                                + tensor("f32", "F32", "[2]", "[0,8]")
                                + ","
                                + tensor("f16", "F16", "[1,2]", "[8,12]")
                                + ","
                                + tensor("bf16", "BF16", "[2,1]", "[12,16]")
                                + ","
                                + tensor("f64", "F64", "[]", "[16,24]")
                                + "}   ",
                        data.array());

        try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
            assertThat(tensors.tensors().keySet()).containsExactly("f32", "f16", "bf16", "f64");
            for (String name : new String[] {"f32", "f16", "bf16"}) {
                assertThat(tensors.floats(name)).as(name).containsExactly(1.5f, -2f);
            }
            assertThat(tensors.floats("f64")).containsExactly(0.1f);
            assertThat(tensors.info("f16").shape()).isEqualTo(List.of(1L, 2L));
            assertThat(tensors.info("f64").elements()).isEqualTo(1);
        }
    }

    @Test
    void readsAnyPartOfATensorLargerThanItsBuffer() {
        int elements = 700_001;
        ByteBuffer data = ByteBuffer.allocate(4 * elements).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < elements; i++) {
            data.putFloat(i);
        }
        Path file = write("{" + tensor("t", "F32", "[700001]", "[0,2800004]") + "}", data.array());

        try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
            float[] all = tensors.floats("t");
            assertThat(all[0]).isZero();
            assertThat(all[262_144]).isEqualTo(262_144);
            assertThat(all[700_000]).isEqualTo(700_000);
            float[] part = new float[3];
            tensors.readFloats("t", 699_998, FloatBuffer.wrap(part));
            assertThat(part).containsExactly(699_998, 699_999, 700_000);
            assertThatThrownBy(() -> tensors.readFloats("t", 699_999, FloatBuffer.wrap(part)))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> tensors.readFloats("t", -1, FloatBuffer.wrap(part)))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void readsIntegersAndRefusesThemAsFloats() {
        Path file =
                write(
                        "{"
                                + tensor("u8", "U8", "[2]", "[0,2]")
                                + ","
                                + tensor("i16", "I16", "[1]", "[2,4]")
                                + ","
                                + tensor("u32", "U32", "[1]", "[4,8]")
                                + "}",
                        new byte[] {1, -1, -2, -1, -1, -1, -1, -1});

        try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
            assertThat(tensors.integers("u8")).containsExactly(1, 255);
            assertThat(tensors.integers("i16")).containsExactly(-2);
            assertThat(tensors.integers("u32")).containsExactly(4_294_967_295L);
            assertThatThrownBy(() -> tensors.floats("u8"))
                    .isInstanceOf(DarkroomException.class)
                    .hasMessageContaining("u8");
        }
    }

    @Test
    void acceptsEmptyTensorsAndNoTensors() {
        try (SafetensorsFile tensors =
                SafetensorsFile.open(
                        write("{" + tensor("none", "F32", "[0,7]", "[0,0]") + "}", new byte[0]))) {
            assertThat(tensors.floats("none")).isEmpty();
        }
        try (SafetensorsFile tensors = SafetensorsFile.open(write("{}", new byte[0]))) {
            assertThat(tensors.tensors()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7})
    void refusesAFileTooShortForAHeaderLength(int size) throws IOException {
        assertRefused(Files.write(folder.resolve("x.safetensors"), new byte[size]), "truncated");
    }

    @ParameterizedTest
    @ValueSource(
            longs = {
                0,
                1,
                -1,
                Long.MIN_VALUE,
                Long.MAX_VALUE,
                Integer.MAX_VALUE,
                0x1_0000_0002L,
                3,
                100_000_001
            })
    void refusesAHeaderLengthThatTheFileCannotHave(long length) {
        assertRefused(write(length, "{}".getBytes(StandardCharsets.UTF_8), new byte[0]), "header");
    }

    @Test
    void refusesAHeaderThatIsLargerThanAnyModelNeedsWithoutReadingIt() throws IOException {
        Path file = write(50_000_000L, new byte[0], new byte[0]);
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(100_000_000);
        }

        assertRefused(file, "header of 50000000 bytes");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "17",
                "nonsense",
                "{",
                "{}x",
                "\u0000\u0000",
                "{\"a\":1}",
                "{\"a\":[]}",
                "{\"a\":null}"
            })
    void refusesAHeaderThatIsNoObjectOfTensors(String header) {
        assertRefused(write(header, new byte[0]), "");
    }

    @Test
    void refusesDeeplyNestedHeaders() {
        assertRefused(write("{\"a\":" + "[".repeat(100_000), new byte[0]), "header");
    }

    @Test
    void refusesTwoTensorsOfOneName() {
        String twice = tensor("a", "U8", "[1]", "[0,1]") + "," + tensor("a", "U8", "[1]", "[1,2]");

        assertRefused(write("{" + twice + "}", new byte[2]), "Duplicate", "'a'");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // dtype | shape | data_offsets
                "F8_E4M3|[4]|[0,4]",
                "f32|[1]|[0,4]",
                "F32|[2]|[0,4]",
                "F32|[1]|[0,8]",
                "F32|[-1]|[0,4]",
                "F32|[-1,-1]|[0,4]",
                "F32|[1.0]|[0,4]",
                "F32|[\"1\"]|[0,4]",
                "F32|1|[0,4]",
                "F32|[1]|[0]",
                "F32|[1]|[0,4,8]",
                "F32|[1]|[4,0]",
                "F32|[1]|[-4,0]",
                "F32|[1]|[0.0,4.0]",
                "F32|[1]|[0,18446744073709551620]",
                "F32|[1]|[9223372036854775804,9223372036854775807]",
                "F32|[1]|[9223372036854775800,9223372036854775804]",
                "F32|[4611686018427387904]|[0,0]",
                "F32|[2305843009213693952,2]|[0,0]",
                "U8|[9223372036854775807]|[0,9223372036854775807]",
                "U8|[4294967296,4294967296]|[0,0]",
                "U8|[9223372036854775808]|[0,4]",
                "U8|[3037000500,3037000500]|[0,9223372037000250000]"
            })
    void refusesATensorThatContradictsItself(String type, String shape, String offsets) {
        assertRefused(
                write("{" + tensor("bad.weight", type, shape, offsets) + "}", new byte[4]),
                "bad.weight");
    }

    @Test
    void refusesATensorPastTheEnd() {
        assertRefused(
                write("{" + tensor("cut.weight", "F32", "[3]", "[0,12]") + "}", new byte[11]),
                "truncated",
                "cut.weight");
    }

    @Test
    void refusesSizesWhoseSumOverflows() {
        String huge = "9223372036854775000";
        assertRefused(
                write(
                        "{"
                                + tensor("a", "U8", "[4]", "[0,4]")
                                + ","
                                + tensor("b", "U8", "[" + huge + "]", "[4,9223372036854775004]")
                                + "}",
                        new byte[4]),
                "b");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[0,4]|[2,6]|overlaps",
                "[0,4]|[0,4]|overlaps",
                "[0,4]|[5,9]|gap",
                "[1,5]|[5,9]|gap"
            })
    void refusesOverlapsAndGaps(String first, String second, String what) {
        assertRefused(
                write(
                        "{"
                                + tensor("a", "F32", "[1]", first)
                                + ","
                                + tensor("b", "F32", "[1]", second)
                                + "}",
                        new byte[9]),
                what);
    }

    @Test
    void refusesBytesThatBelongToNoTensor() {
        assertRefused(write("{" + tensor("a", "U8", "[2]", "[0,2]") + "}", new byte[5]), "3 bytes");
    }

    @Test
    void clipsEndlessNamesInWhatItSays() {
        String name = "n".repeat(40_000);
        String wrong = tensor(name, "F32", "[2]", "[0,4]");

        assertRefused(write("{" + wrong + "," + wrong + "}", new byte[4]), "Duplicate");
        assertRefused(write("{" + tensor(name, "F32", "[2]", "[0,4]") + "}", new byte[4]), "nnn");
    }

    @Test
    void refusesAFolderAndAMissingFile() throws IOException {
        assertRefused(folder.resolve("x.safetensors"), "cannot be read");
        assertRefused(Files.createDirectory(folder.resolve("x.safetensors")), "cannot be read");
    }

    @Test
    void refusesAFileThatShrinksWhileItIsOpen() throws IOException {
        Path file = write("{" + tensor("a", "F32", "[4]", "[0,16]") + "}", new byte[16]);
        try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
            try (RandomAccessFile shrunk = new RandomAccessFile(file.toFile(), "rw")) {
                shrunk.setLength(shrunk.length() - 4);
            }
            assertThatThrownBy(() -> tensors.floats("a"))
                    .isInstanceOf(DarkroomException.class)
                    .hasMessageContaining("ended while");
        }
    }

    @Test
    void showsNoControlCharacterOfAHostileHeader() {
        Path file =
                write(
                        "{" + tensor("a\\u001b[2J", "X\\n\\u001b[31m", "[2]", "[0,4]") + "}",
                        new byte[4]);

        DarkroomException refusal =
                catchThrowableOfType(DarkroomException.class, () -> SafetensorsFile.open(file));

        assertThat(refusal.reason())
                .contains("a\\u001b[2J", "X\\u000a\\u001b[31m")
                .doesNotContainPattern("\\p{Cc}");
    }
}
