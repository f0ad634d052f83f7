package dev.darkroom.trainer.data;

import dev.darkroom.diffusion.pipeline.RgbImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Decoded pictures as bytes: in memory up to a bound, the rest in a file that is mapped, so that
 * the system keeps of it what there is room for. The file has no name and goes with the process,
 * however that ends.
 *
 * <p>Mapped and not read through a channel: an interrupt of a reading thread would close the
 * channel for all.
 */
final class PictureCache {
    private static final int MAX_SEGMENT = 1 << 30;

    private final List<Place> places;
    private final List<MappedByteBuffer> segments;

    /** Where a picture lies: in memory where there are bytes, else in a segment. */
    private record Place(int width, int height, ByteBuffer bytes, int segment, int offset) {
        int length() {
            return width * height * Picture.CHANNELS;
        }
    }

    private PictureCache(List<Place> places, List<MappedByteBuffer> segments) {
        this.places = places;
        this.segments = segments;
    }

    int size() {
        return places.size();
    }

    /** Whether some pictures lie in a file. */
    boolean isMapped() {
        return !segments.isEmpty();
    }

    RgbImage get(int index) {
        Place place = places.get(index);
        byte[] rgb = new byte[place.length()];
        if (place.segment < 0) {
            place.bytes.get(0, rgb);
        } else {
            segments.get(place.segment).get(place.offset, rgb);
        }
        return new RgbImage(place.width, place.height, rgb);
    }

    /** Takes pictures one after the other. */
    static final class Builder implements AutoCloseable {
        private static final ByteBuffer NONE = ByteBuffer.allocate(0);

        private final long memoryBytes;
        private final List<Place> places = new ArrayList<>();
        private final List<Integer> segmentLengths = new ArrayList<>();
        private final FileChannel channel;
        private long inMemory;

        /**
         * @param memoryBytes pictures beyond go to a file
         * @param folder where the file may lie, as large as all pictures
         */
        Builder(long memoryBytes, Path folder) throws IOException {
            this.memoryBytes = memoryBytes;
            Files.createDirectories(folder);
            Path file = Files.createTempFile(folder, ".pictures-", ".cache");
            channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
            try {
                Files.delete(file);
            } catch (IOException e) {
                // Windows keeps an open file.
                file.toFile().deleteOnExit();
            }
        }

        void add(RgbImage image) throws IOException {
            ByteBuffer bytes = ByteBuffer.wrap(image.pixels());
            int length = bytes.remaining();
            if (inMemory + length <= memoryBytes) {
                inMemory += length;
                places.add(new Place(image.width(), image.height(), bytes, -1, 0));
                return;
            }
            int last = segmentLengths.size() - 1;
            if (last < 0 || segmentLengths.get(last) > MAX_SEGMENT - length) {
                segmentLengths.add(0);
                last++;
            }
            int offset = segmentLengths.get(last);
            segmentLengths.set(last, offset + length);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            places.add(new Place(image.width(), image.height(), NONE, last, offset));
        }

        PictureCache build() throws IOException {
            List<MappedByteBuffer> segments = new ArrayList<>();
            long from = 0;
            for (int length : segmentLengths) {
                segments.add(channel.map(FileChannel.MapMode.READ_ONLY, from, length));
                from += length;
            }
            return new PictureCache(List.copyOf(places), List.copyOf(segments));
        }

        /** Mappings made of the file stay. */
        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
