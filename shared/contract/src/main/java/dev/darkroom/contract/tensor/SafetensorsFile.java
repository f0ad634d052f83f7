package dev.darkroom.contract.tensor;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.error.Excerpt;
import dev.darkroom.contract.json.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A safetensors file, opened for reading: 8 bytes of header length (little endian), a JSON header,
 * then the tensors' bytes, C-contiguous and little endian.
 *
 * <p>The header is not trusted. It may come from anywhere, so everything it claims is checked
 * against the file before any tensor is read: its length, the types, that each byte range is what
 * shape and type need, and that the ranges cover the data without gap or overlap (the format
 * demands it). Nothing is allocated from a number in the header alone.
 *
 * <p>Format: huggingface/safetensors, "Format" section of its README.
 */
public final class SafetensorsFile implements AutoCloseable {
    static final String METADATA = "__metadata__";

    /**
     * A hundred times what Stable Diffusion's UNet needs. The reference implementation allows 100
     * MB, which as a JSON tree could exhaust the heap.
     */
    private static final long MAX_HEADER_BYTES = 10_000_000;

    private static final int CHUNK_BYTES = 1 << 20;

    private final Path path;
    private final FileChannel channel;
    private final Map<String, TensorInfo> tensors;
    private final Map<String, String> metadata;

    private SafetensorsFile(Path path, FileChannel channel, Header header) {
        this.path = path;
        this.channel = channel;
        tensors = Collections.unmodifiableMap(header.tensors());
        metadata = Collections.unmodifiableMap(header.metadata());
    }

    private record Header(Map<String, TensorInfo> tensors, Map<String, String> metadata) {}

    /**
     * Opens and checks a file.
     *
     * @throws DarkroomException {@link ErrorCode#INVALID_CHECKPOINT}, naming the file and the
     *     tensor, where anything is not as the format says
     */
    public static SafetensorsFile open(Path path) {
        FileChannel channel = null;
        try {
            channel = FileChannel.open(path, StandardOpenOption.READ);
            SafetensorsFile file = new SafetensorsFile(path, channel, readHeader(path, channel));
            channel = null;
            return file;
        } catch (IOException e) {
            throw invalid(path, "cannot be read: " + e, e);
        } finally {
            closeQuietly(channel);
        }
    }

    /** Every tensor by name, in the file's order of names. */
    public Map<String, TensorInfo> tensors() {
        return tensors;
    }

    /** The header's own texts; what is no text there is left out. */
    public Map<String, String> metadata() {
        return metadata;
    }

    public Path path() {
        return path;
    }

    /**
     * Reads a tensor's elements as float32, whatever float type it has.
     *
     * @param target has room for exactly the tensor's elements
     */
    public void readFloats(String name, FloatBuffer target) {
        TensorInfo info = info(name);
        if (target.remaining() != info.elements()) {
            throw new IllegalArgumentException(
                    name + " has " + info.elements() + " elements, room for " + target.remaining());
        }
        readFloats(name, 0, target);
    }

    /**
     * Reads some of a tensor's elements as float32, so that a large one need not be held at once.
     *
     * @param first index of the first element to read, in the file's order
     * @param target is filled
     */
    public void readFloats(String name, long first, FloatBuffer target) {
        TensorInfo info = info(name);
        Objects.checkFromIndexSize(first, (long) target.remaining(), info.elements());
        int width = info.type().bytes();
        long position = info.offset() + first * width;
        long end = position + (long) target.remaining() * width;
        ByteBuffer chunk =
                ByteBuffer.allocate((int) Math.min(CHUNK_BYTES, end - position))
                        .order(ByteOrder.LITTLE_ENDIAN);
        while (position < end) {
            chunk.clear().limit((int) Math.min(chunk.capacity(), end - position));
            readFully(chunk, position);
            position += chunk.limit();
            chunk.flip();
            switch (info.type()) {
                case F32 -> {
                    FloatBuffer floats = chunk.asFloatBuffer();
                    target.put(floats);
                }
                case F16 -> {
                    for (int i = 0; i < chunk.limit(); i += width) {
                        target.put(Half.toFloat(chunk.getShort(i)));
                    }
                }
                case BF16 -> {
                    for (int i = 0; i < chunk.limit(); i += width) {
                        target.put(Float.intBitsToFloat(chunk.getShort(i) << 16));
                    }
                }
                case F64 -> {
                    for (int i = 0; i < chunk.limit(); i += width) {
                        target.put((float) chunk.getDouble(i));
                    }
                }
                case BOOL, U8, I8, I16, U16, I32, U32, I64, U64 ->
                        throw invalid(
                                path,
                                "tensor "
                                        + clip(name)
                                        + " is "
                                        + info.type()
                                        + ", not a float type");
            }
        }
    }

    /** The tensor as a new array of float32. */
    public float[] floats(String name) {
        float[] values = new float[Math.toIntExact(info(name).elements())];
        readFloats(name, FloatBuffer.wrap(values));
        return values;
    }

    /** The tensor's bytes as they lie in the file, little endian. */
    public ByteBuffer bytes(String name) {
        TensorInfo info = info(name);
        ByteBuffer buffer =
                ByteBuffer.allocate(Math.toIntExact(info.byteLength()))
                        .order(ByteOrder.LITTLE_ENDIAN);
        readFully(buffer, info.offset());
        return buffer.flip();
    }

    /** An integer tensor's elements. */
    public long[] integers(String name) {
        TensorInfo info = info(name);
        ByteBuffer bytes = bytes(name);
        long[] values = new long[Math.toIntExact(info.elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] =
                    switch (info.type()) {
                        case BOOL, U8 -> bytes.get(i) & 0xff;
                        case I8 -> bytes.get(i);
                        case I16 -> bytes.getShort(2 * i);
                        case U16 -> bytes.getShort(2 * i) & 0xffff;
                        case I32 -> bytes.getInt(4 * i);
                        case U32 -> bytes.getInt(4 * i) & 0xffff_ffffL;
                        case I64, U64 -> bytes.getLong(8 * i);
                        case F16, BF16, F32, F64 ->
                                throw new IllegalArgumentException(name + " is " + info.type());
                    };
        }
        return values;
    }

    /** The tensor's place and shape. */
    public TensorInfo info(String name) {
        TensorInfo info = tensors.get(name);
        if (info == null) {
            throw invalid(path, "tensor " + clip(name) + " is missing", null);
        }
        return info;
    }

    @Override
    public void close() {
        closeQuietly(channel);
    }

    private static Header readHeader(Path path, FileChannel channel) throws IOException {
        long fileSize = channel.size();
        if (fileSize < 8) {
            throw invalid(path, "is truncated: " + fileSize + " bytes, no header");
        }
        ByteBuffer prefix = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        fill(path, channel, prefix, 0);
        long headerLength = prefix.getLong(0);
        if (headerLength < 2 || headerLength > MAX_HEADER_BYTES || headerLength > fileSize - 8) {
            throw invalid(
                    path,
                    "claims a header of "
                            + Long.toUnsignedString(headerLength)
                            + " bytes in a file of "
                            + fileSize);
        }
        ByteBuffer header = ByteBuffer.allocate((int) headerLength);
        fill(path, channel, header, 8);
        JsonNode tree;
        try {
            tree = Json.tree(header.array());
        } catch (DarkroomException e) {
            throw invalid(path, "has a header that is " + clip(e.reason()), e);
        }
        if (!tree.isObject()) {
            throw invalid(path, "has a header that is no JSON object");
        }
        long dataStart = 8 + headerLength;
        Map<String, TensorInfo> tensors = new LinkedHashMap<>();
        Map<String, String> metadata = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> text : tree.path(METADATA).properties()) {
            if (text.getValue().isTextual()) {
                metadata.put(text.getKey(), text.getValue().textValue());
            }
        }
        for (Map.Entry<String, JsonNode> field : tree.properties()) {
            if (!field.getKey().equals(METADATA)) {
                tensors.put(
                        field.getKey(), parse(path, field.getKey(), field.getValue(), dataStart));
            }
        }
        requireExactCover(path, tensors, dataStart, fileSize);
        return new Header(tensors, metadata);
    }

    private static TensorInfo parse(Path path, String name, JsonNode node, long dataStart) {
        JsonNode shapeNode = node.path("shape");
        JsonNode offsets = node.path("data_offsets");
        if (!node.path("dtype").isTextual()
                || !shapeNode.isArray()
                || !offsets.isArray()
                || offsets.size() != 2
                || !isLong(offsets.get(0))
                || !isLong(offsets.get(1))) {
            throw invalid(path, "tensor " + clip(name) + " has no dtype, shape and data_offsets");
        }
        ElementType type;
        try {
            type = ElementType.valueOf(node.path("dtype").textValue());
        } catch (IllegalArgumentException e) {
            throw invalid(
                    path,
                    "tensor "
                            + clip(name)
                            + " has the unknown dtype "
                            + clip(node.path("dtype").textValue()),
                    e);
        }
        List<Long> shape = new ArrayList<>();
        long bytes = type.bytes();
        for (JsonNode dimension : shapeNode) {
            if (!isLong(dimension) || dimension.longValue() < 0) {
                throw invalid(
                        path,
                        "tensor " + clip(name) + " has the shape " + clip(shapeNode.toString()));
            }
            shape.add(dimension.longValue());
            try {
                bytes = Math.multiplyExact(bytes, dimension.longValue());
            } catch (ArithmeticException e) {
                throw invalid(
                        path,
                        "tensor "
                                + clip(name)
                                + " has the impossible shape "
                                + clip(shapeNode.toString()),
                        e);
            }
        }
        long begin = offsets.get(0).longValue();
        long end = offsets.get(1).longValue();
        if (begin < 0
                || end < begin
                || end - begin != bytes
                || begin > Long.MAX_VALUE - dataStart) {
            throw invalid(
                    path,
                    "tensor "
                            + clip(name)
                            + " of "
                            + type
                            + clip(shapeNode.toString())
                            + " needs "
                            + bytes
                            + " bytes, its data_offsets are "
                            + begin
                            + ".."
                            + end);
        }
        return new TensorInfo(name, type, shape, dataStart + begin, bytes);
    }

    private static void requireExactCover(
            Path path, Map<String, TensorInfo> tensors, long dataStart, long fileSize) {
        List<TensorInfo> byOffset = new ArrayList<>(tensors.values());
        byOffset.sort(
                Comparator.comparingLong(TensorInfo::offset)
                        .thenComparingLong(TensorInfo::byteLength));
        long expected = dataStart;
        for (TensorInfo tensor : byOffset) {
            if (tensor.offset() != expected) {
                throw invalid(
                        path,
                        "tensor "
                                + clip(tensor.name())
                                + (tensor.offset() < expected
                                        ? " overlaps the one before it"
                                        : " leaves a gap before it"));
            }
            if (tensor.byteLength() > fileSize - expected) {
                throw invalid(
                        path,
                        "is truncated: tensor "
                                + clip(tensor.name())
                                + " needs "
                                + tensor.byteLength()
                                + " bytes from byte "
                                + expected
                                + " of "
                                + fileSize);
            }
            expected += tensor.byteLength();
        }
        if (expected != fileSize) {
            throw invalid(path, "has " + (fileSize - expected) + " bytes that belong to no tensor");
        }
    }

    private void readFully(ByteBuffer buffer, long position) {
        try {
            fill(path, channel, buffer, position);
        } catch (IOException e) {
            throw invalid(path, "cannot be read: " + e, e);
        }
    }

    private static void fill(Path path, FileChannel channel, ByteBuffer buffer, long position)
            throws IOException {
        long at = position;
        while (buffer.hasRemaining()) {
            int count = channel.read(buffer, at);
            if (count < 0) {
                throw invalid(path, "ended while it was read");
            }
            at += count;
        }
    }

    private static boolean isLong(JsonNode node) {
        return node.isIntegralNumber() && node.canConvertToLong();
    }

    private static String clip(String text) {
        return Excerpt.of(text, 120);
    }

    private static void closeQuietly(@org.jspecify.annotations.Nullable FileChannel channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                // Opened for reading only: nothing can be lost.
            }
        }
    }

    private static DarkroomException invalid(Path path, String message) {
        return invalid(path, message, null);
    }

    private static DarkroomException invalid(
            Path path, String message, @org.jspecify.annotations.Nullable Throwable cause) {
        return new DarkroomException(
                ErrorCode.INVALID_CHECKPOINT, path.getFileName() + " " + message, cause);
    }
}
