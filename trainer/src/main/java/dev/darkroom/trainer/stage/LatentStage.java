package dev.darkroom.trainer.stage;

import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.tensor.Half;
import dev.darkroom.diffusion.tokenizer.ClipTokenizer;
import dev.darkroom.network.vae.VaeConfiguration;
import dev.darkroom.trainer.data.BatchLimit;
import dev.darkroom.trainer.data.Bucket;
import dev.darkroom.trainer.data.Example;
import dev.darkroom.trainer.data.ImageDataset;
import dev.darkroom.trainer.data.WholeFile;
import dev.darkroom.trainer.evaluate.VaeCodec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;

/**
 * Encodes a data set once: each picture as often as it is drawn, draw after draw. Goes on after the
 * last whole record of a run that was killed.
 */
public final class LatentStage {
    public static final String NAME = "latents";

    private static final BatchLimit TOGETHER = new BatchLimit(64, 128 * 128);

    private final Path folder;
    private final Path run;
    private final ImageDataset dataset;
    private final ClipTokenizer tokenizer;
    private final int draws;
    private final String source;

    /**
     * @param folder of this stage; made
     * @param run folder in which the trained {@code vae} lies
     * @param draws of each picture
     * @param source names encoder, data set and tokenizer: where it changes, all begins anew
     */
    public LatentStage(
            Path folder,
            Path run,
            ImageDataset dataset,
            ClipTokenizer tokenizer,
            int draws,
            String source) {
        if (draws < 1) {
            throw new IllegalArgumentException("draws is " + draws + ", must be positive");
        }
        this.folder = folder;
        this.run = run;
        this.dataset = dataset;
        this.tokenizer = tokenizer;
        this.draws = draws;
        this.source = source;
    }

    /**
     * @param written is told the number of records after each batch
     * @param stop asked after every batch
     * @return whether all records are written
     */
    public boolean run(LongConsumer written, BooleanSupplier stop) throws IOException {
        Files.createDirectories(folder);
        Map<Bucket, List<Integer>> members = members();
        try (VaeCodec codec = VaeCodec.open(run)) {
            LatentCache.Header header = header(codec.configuration(), members);
            begin(header);
            for (LatentCache.Part part : header.parts()) {
                List<Integer> indices = members.getOrDefault(part.bucket(), List.of());
                if (!write(codec, header, part, indices, written, stop)) {
                    return false;
                }
            }
        }
        return true;
    }

    private Map<Bucket, List<Integer>> members() {
        Map<Bucket, List<Integer>> members = new TreeMap<>();
        for (int i = 0; i < dataset.size(); i++) {
            members.computeIfAbsent(dataset.bucket(i), bucket -> new ArrayList<>()).add(i);
        }
        return members;
    }

    private LatentCache.Header header(VaeConfiguration vae, Map<Bucket, List<Integer>> members) {
        List<LatentCache.Part> parts = new ArrayList<>();
        members.forEach(
                (bucket, indices) ->
                        parts.add(
                                new LatentCache.Part(
                                        bucket,
                                        bucket.height() / vae.downscale(),
                                        bucket.width() / vae.downscale(),
                                        (long) indices.size() * draws)));
        return new LatentCache.Header(
                source,
                vae.latentChannels(),
                tokenizer.encodePadded("").length,
                vae.scalingFactor(),
                parts);
    }

    /** Keeps the records of the same cache, drops those of another. */
    private void begin(LatentCache.Header header) throws IOException {
        Path file = folder.resolve(LatentCache.HEADER);
        if (Files.exists(file)) {
            LatentCache.Header before = LatentCache.header(folder);
            if (before.equals(header)) {
                return;
            }
            for (LatentCache.Part part : before.parts()) {
                Files.deleteIfExists(folder.resolve(part.file()));
            }
        }
        WholeFile.write(file, Json.writePretty(header));
    }

    private boolean write(
            VaeCodec codec,
            LatentCache.Header header,
            LatentCache.Part part,
            List<Integer> indices,
            LongConsumer written,
            BooleanSupplier stop)
            throws IOException {
        int bytes = header.recordBytes(part);
        int together = TOGETHER.at(part.bucket().height(), part.bucket().width());
        try (FileChannel channel =
                FileChannel.open(
                        folder.resolve(part.file()),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE)) {
            long record = Math.min(channel.size() / bytes, part.records());
            if (record < part.records()) {
                // In the batches of an undisturbed run: sums of another batch differ in last bits.
                record -= record % together;
            }
            channel.truncate(record * bytes);
            channel.position(record * bytes);
            while (record < part.records()) {
                int count = (int) Math.min(together, part.records() - record);
                List<Example> examples = new ArrayList<>();
                for (long r = record; r < record + count; r++) {
                    examples.add(
                            dataset.example(
                                    indices.get((int) (r % indices.size())), r / indices.size()));
                }
                ByteBuffer buffer = encoded(codec, header, part, new PictureBatch(examples));
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
                record += count;
                written.accept(record);
                if (record < part.records() && stop.getAsBoolean()) {
                    return false;
                }
            }
        }
        return true;
    }

    private ByteBuffer encoded(
            VaeCodec codec,
            LatentCache.Header header,
            LatentCache.Part part,
            PictureBatch pictures) {
        int values = header.values(part);
        ByteBuffer buffer =
                ByteBuffer.allocate(pictures.size() * header.recordBytes(part))
                        .order(ByteOrder.LITTLE_ENDIAN);
        VaeCodec.Posterior posterior =
                codec.encode(
                        pictures.pixels(), pictures.size(), pictures.height(), pictures.width());
        for (int i = 0; i < pictures.size(); i++) {
            for (float[] each : List.of(posterior.mean(), posterior.deviation())) {
                for (int j = i * values; j < (i + 1) * values; j++) {
                    buffer.putShort(Half.fromFloat(each[j]));
                }
            }
            Example example = pictures.examples().get(i);
            for (int id : tokenizer.encodePadded(example.caption())) {
                buffer.putInt(id);
            }
            buffer.putInt(example.label().orElse(-1));
        }
        return buffer.flip();
    }
}
