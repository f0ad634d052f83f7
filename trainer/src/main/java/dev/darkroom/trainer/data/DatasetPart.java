package dev.darkroom.trainer.data;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.zip.Checksum;

/** Some pictures of a data set, in its order; with all of its classes. */
public final class DatasetPart implements ImageDataset {
    private final ImageDataset whole;
    private final int[] indices;

    /**
     * @param indices into the whole, in any order, each once
     */
    public DatasetPart(ImageDataset whole, int[] indices) {
        this.whole = whole;
        this.indices = indices.clone();
        Arrays.sort(this.indices);
    }

    @Override
    public int size() {
        return indices.length;
    }

    @Override
    public List<String> classes() {
        return whole.classes();
    }

    @Override
    public OptionalInt label(int index) {
        return whole.label(indices[index]);
    }

    @Override
    public Bucket bucket(int index) {
        return whole.bucket(indices[index]);
    }

    @Override
    public Example example(int index, long draw) {
        return whole.example(indices[index], draw);
    }

    @Override
    public void check(int index, Checksum checksum) {
        whole.check(indices[index], checksum);
    }

    @Override
    public List<String> captions() {
        return whole.captions();
    }
}
