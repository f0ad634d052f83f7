package dev.darkroom.trainer.data;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.darkroom.contract.storage.ObjectKey;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.contract.storage.Sha256;
import dev.darkroom.contract.training.DatasetName;
import dev.darkroom.platform.objectstore.ObjectStore;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The objects of a data set at one moment, in order of their keys. */
public record DataListing(DatasetName dataset, List<Entry> objects) {
    /**
     * @param tag the store's entity tag
     */
    public record Entry(ObjectKey key, long size, String tag) {}

    public DataListing {
        objects = List.copyOf(objects);
    }

    /** As it is now. */
    public static DataListing of(ObjectStore store, DatasetName dataset) {
        return new DataListing(
                dataset,
                store.objects(ObjectKeys.dataset(dataset)).stream()
                        .map(object -> new Entry(object.key(), object.size(), object.tag()))
                        .toList());
    }

    /** SHA-256 over keys, sizes and tags: other contents have another. */
    @JsonIgnore
    public String fingerprint() {
        StringBuilder all = new StringBuilder();
        for (Entry entry : objects) {
            all.append(entry.key())
                    .append('\0')
                    .append(entry.size())
                    .append('\0')
                    .append(entry.tag())
                    .append('\n');
        }
        return Sha256.of(all.toString().getBytes(StandardCharsets.UTF_8));
    }
}
