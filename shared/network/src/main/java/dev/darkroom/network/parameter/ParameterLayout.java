package dev.darkroom.network.parameter;

import java.util.List;

/** How a parameter lies in a PyTorch file and in the graph. */
public enum ParameterLayout {
    /** The same in both: biases, norms, embedding tables. */
    PLAIN,
    /** [in, out] here, [out, in] in the file. */
    LINEAR,
    /** [in, out] here, a 1x1 convolution [out, in, 1, 1] in the file. */
    POINTWISE,
    /** [in, out] here, [out, in] or [out, in, 1, 1] in the file: both were written over time. */
    LINEAR_OR_POINTWISE,
    /** [height, width, in, out] here, [out, in, height, width] in the file. */
    CONVOLUTION;

    private static final int[] NONE = {};
    private static final int[] SWAP = {1, 0};
    private static final int[] OIHW_TO_HWIO = {2, 3, 1, 0};

    /** Shapes that the file may have for a parameter of this shape in the graph. */
    public List<List<Long>> fileShapes(List<Long> shape) {
        return switch (this) {
            case PLAIN -> List.of(shape);
            case LINEAR -> List.of(swapped(shape));
            case POINTWISE -> List.of(pointwise(shape));
            case LINEAR_OR_POINTWISE -> List.of(swapped(shape), pointwise(shape));
            case CONVOLUTION ->
                    List.of(List.of(shape.get(3), shape.get(2), shape.get(0), shape.get(1)));
        };
    }

    /** The file's elements as a tensor of the rank that {@link #permutation} expects. */
    public List<Long> storedShape(List<Long> shape) {
        return fileShapes(shape).get(0).subList(0, shape.size());
    }

    /** Axes of the stored tensor in the graph's order; empty where nothing moves. */
    public int[] permutation() {
        return switch (this) {
            case PLAIN -> NONE;
            case LINEAR, POINTWISE, LINEAR_OR_POINTWISE -> SWAP.clone();
            case CONVOLUTION -> OIHW_TO_HWIO.clone();
        };
    }

    /**
     * Elements of the file in the graph's order.
     *
     * @param values row-major, of {@link #storedShape}
     * @param shape in the graph
     * @return row-major; the argument itself where nothing moves
     */
    public float[] fromFile(float[] values, List<Long> shape) {
        int[] permutation = permutation();
        if (permutation.length == 0) {
            return values;
        }
        List<Long> stored = storedShape(shape);
        int rank = permutation.length;
        int[] strides = new int[rank];
        int stride = 1;
        for (int axis = rank - 1; axis >= 0; axis--) {
            strides[axis] = stride;
            stride *= Math.toIntExact(stored.get(axis));
        }
        float[] moved = new float[values.length];
        int[] place = new int[rank];
        int from = 0;
        for (int to = 0; to < moved.length; to++) {
            moved[to] = values[from];
            for (int axis = rank - 1; axis >= 0; axis--) {
                int step = strides[permutation[axis]];
                from += step;
                if (++place[axis] < shape.get(axis)) {
                    break;
                }
                from -= step * place[axis];
                place[axis] = 0;
            }
        }
        return moved;
    }

    private static List<Long> swapped(List<Long> shape) {
        return List.of(shape.get(1), shape.get(0));
    }

    private static List<Long> pointwise(List<Long> shape) {
        return List.of(shape.get(1), shape.get(0), 1L, 1L);
    }
}
