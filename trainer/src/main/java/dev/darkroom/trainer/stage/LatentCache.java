package dev.darkroom.trainer.stage;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.tensor.Half;
import dev.darkroom.trainer.data.Bucket;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * What the encoder makes of a data set, with the tokens of the captions, in mapped files: one file
 * for each size of picture, records of one length, one after the other.
 *
 * <p>A record is mean and standard deviation of the latents, each [h, w, C] as float16, then the
 * token ids and the class (-1 where there is none) as int32; little-endian. Reading is safe from
 * several threads.
 */
public final class LatentCache {
    static final String HEADER = "latents.json";

    /** A mapping holds less than 2 GB. */
    private static final long MAPPED = 1L << 30;

    /**
     * The records of one size of picture.
     *
     * @param bucket size of the pictures
     * @param height of the latents
     * @param width of the latents
     * @param records how many there are when all are written
     */
    public record Part(Bucket bucket, int height, int width, long records) {
        String file() {
            return bucket + ".latents";
        }
    }

    /**
     * What the files hold.
     *
     * @param source names encoder, data set and tokenizer: another one makes the cache worthless
     * @param channels of the latents
     * @param tokens of a caption
     * @param scalingFactor that the network's latents are multiplied by
     */
    public record Header(
            String source, int channels, int tokens, double scalingFactor, List<Part> parts) {
        public Header {
            parts = List.copyOf(parts);
        }

        int values(Part part) {
            return part.height() * part.width() * channels;
        }

        int recordBytes(Part part) {
            return 2 * Short.BYTES * values(part) + Integer.BYTES * (tokens + 1);
        }
    }

    private final Header header;
    private final List<List<MappedByteBuffer>> mapped = new ArrayList<>();

    private LatentCache(Header header) {
        this.header = header;
    }

    /**
     * @throws DarkroomException {@link ErrorCode#INVALID_CHECKPOINT} where a file does not have all
     *     of its records
     */
    public static LatentCache open(Path folder) throws IOException {
        LatentCache cache = new LatentCache(header(folder));
        for (Part part : cache.header.parts()) {
            cache.mapped.add(cache.map(folder.resolve(part.file()), part));
        }
        return cache;
    }

    static Header header(Path folder) throws IOException {
        JsonNode tree = Json.tree(Files.readAllBytes(folder.resolve(HEADER)));
        return Json.convert(tree, Header.class);
    }

    private List<MappedByteBuffer> map(Path file, Part part) throws IOException {
        int bytes = header.recordBytes(part);
        long each = MAPPED / bytes * bytes;
        long size = part.records() * bytes;
        List<MappedByteBuffer> buffers = new ArrayList<>();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            if (channel.size() != size) {
                throw new DarkroomException(
                        ErrorCode.INVALID_CHECKPOINT,
                        file + " has " + channel.size() + " of " + size + " bytes");
            }
            for (long from = 0; from < size; from += each) {
                MappedByteBuffer buffer =
                        channel.map(
                                FileChannel.MapMode.READ_ONLY, from, Math.min(each, size - from));
                buffer.order(ByteOrder.LITTLE_ENDIAN);
                buffers.add(buffer);
            }
        }
        return buffers;
    }

    public Header header() {
        return header;
    }

    /** Index of a record's first byte in the buffer that holds it. */
    private int place(int part, long record) {
        int bytes = header.recordBytes(header.parts().get(part));
        return Math.toIntExact(record % (MAPPED / bytes) * bytes);
    }

    private MappedByteBuffer buffer(int part, long record) {
        int bytes = header.recordBytes(header.parts().get(part));
        return mapped.get(part).get(Math.toIntExact(record / (MAPPED / bytes)));
    }

    /**
     * Writes (mean + deviation * noise) * scalingFactor, [h, w, C], from an offset on.
     *
     * @param part index into the header's parts
     * @param noise standard normal, from the same offset on
     */
    public void sample(int part, long record, float[] noise, float[] target, int offset) {
        MappedByteBuffer buffer = buffer(part, record);
        int place = place(part, record);
        int values = header.values(header.parts().get(part));
        float scale = (float) header.scalingFactor();
        for (int i = 0; i < values; i++) {
            float mean = Half.toFloat(buffer.getShort(place + Short.BYTES * i));
            float deviation = Half.toFloat(buffer.getShort(place + Short.BYTES * (values + i)));
            target[offset + i] = (mean + deviation * noise[offset + i]) * scale;
        }
    }

    /** Writes a caption's token ids from an offset on. */
    public void tokenIds(int part, long record, int[] target, int offset) {
        int first = integers(part, record);
        for (int i = 0; i < header.tokens(); i++) {
            target[offset + i] = buffer(part, record).getInt(first + Integer.BYTES * i);
        }
    }

    /** Class of the picture, or -1. */
    public int label(int part, long record) {
        return buffer(part, record)
                .getInt(integers(part, record) + Integer.BYTES * header.tokens());
    }

    private int integers(int part, long record) {
        return place(part, record) + 2 * Short.BYTES * header.values(header.parts().get(part));
    }
}
