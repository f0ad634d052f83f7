package dev.darkroom.platform.kafka;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Which records of the jobs' topic have not gone on, and so which place to keep. */
final class RelayPlaces {
    private final Map<TopicPartition, Place> places = new HashMap<>();
    private long readyEnd;

    /**
     * Forgets all and begins with these partitions.
     *
     * @param froms where each is read from
     * @param ends where each ended before the ready records were read
     * @param forwarded what had gone on by then
     */
    synchronized void begin(
            Map<TopicPartition, Long> froms,
            Map<TopicPartition, Long> ends,
            ForwardedRecords forwarded) {
        places.clear();
        readyEnd = forwarded.end();
        froms.forEach(
                (partition, from) ->
                        places.put(
                                partition,
                                new Place(
                                        from,
                                        ends.getOrDefault(partition, from),
                                        forwarded.begin(),
                                        forwarded.of(partition, from))));
    }

    synchronized void end() {
        places.clear();
    }

    /**
     * Whether the record is still to go on.
     *
     * @param timestamp tells it from one of a topic that was made anew
     * @throws IllegalStateException where the topic begins again
     */
    synchronized boolean arrived(TopicPartition partition, long offset, long timestamp) {
        Place place = places.get(partition);
        if (place == null) {
            return false;
        }
        if (offset < place.position) {
            throw new IllegalStateException(
                    partition + " is at " + offset + " after " + place.position);
        }
        place.position = offset + 1;
        if (place.forwarded.remove(offset, timestamp)) {
            return false;
        }
        // Behind one from before, records may have gone on before this process had them.
        place.waiting.put(offset, offset < place.known ? place.knownSince : readyEnd);
        return true;
    }

    /**
     * @param readyOffset of the record that it became
     */
    synchronized void forwarded(TopicPartition partition, long offset, long readyOffset) {
        readyEnd = Math.max(readyEnd, readyOffset + 1);
        dropped(partition, offset);
    }

    synchronized void dropped(TopicPartition partition, long offset) {
        @Nullable Place place = places.get(partition);
        if (place != null) {
            place.waiting.remove(offset);
        }
    }

    /** The first that has not gone on, with where the ready records ended when it arrived. */
    synchronized Map<TopicPartition, OffsetAndMetadata> toKeep() {
        Map<TopicPartition, OffsetAndMetadata> keep = new HashMap<>();
        places.forEach(
                (partition, place) -> {
                    Map.@Nullable Entry<Long, Long> first = place.waiting.firstEntry();
                    long offset = first == null ? place.position : first.getKey();
                    long since =
                            first != null
                                    ? first.getValue()
                                    : offset < place.known ? place.knownSince : readyEnd;
                    keep.put(partition, new OffsetAndMetadata(offset, Long.toString(since)));
                });
        return keep;
    }

    private static final class Place {
        final TreeMap<Long, Long> waiting = new TreeMap<>();
        final long known;
        final long knownSince;
        final Map<Long, Long> forwarded;
        long position;

        Place(long from, long known, long knownSince, Map<Long, Long> forwarded) {
            this.position = from;
            this.known = known;
            this.knownSince = knownSince;
            this.forwarded = new HashMap<>(forwarded);
        }
    }
}
