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
     * A parameter's elements in the file's order.
     *
     * @param shape in the graph
     * @param graph elements in the graph's layout, row-major
     */
    public float[] toFile(List<Long> shape, float[] graph) {
        return switch (this) {
            case PLAIN -> graph.clone();
            case LINEAR, POINTWISE, LINEAR_OR_POINTWISE ->
                    transposed(graph, axis(shape, 0), axis(shape, 1));
            case CONVOLUTION -> {
                // HWIO to OIHW: as a matrix, (HW, IO) to (IO, HW), then (I, O HW) to (O, I HW).
                int area = axis(shape, 0) * axis(shape, 1);
                float[] inner = transposed(graph, area, axis(shape, 2) * axis(shape, 3));
                yield blocksTransposed(inner, axis(shape, 2), axis(shape, 3), area);
            }
        };
    }

    /** The inverse of {@link #toFile}. */
    public float[] fromFile(List<Long> shape, float[] file) {
        return switch (this) {
            case PLAIN -> file.clone();
            case LINEAR, POINTWISE, LINEAR_OR_POINTWISE ->
                    transposed(file, axis(shape, 1), axis(shape, 0));
            case CONVOLUTION -> {
                int area = axis(shape, 0) * axis(shape, 1);
                float[] inner = blocksTransposed(file, axis(shape, 3), axis(shape, 2), area);
                yield transposed(inner, axis(shape, 2) * axis(shape, 3), area);
            }
        };
    }

    private static int axis(List<Long> shape, int index) {
        return Math.toIntExact(shape.get(index));
    }

    private static float[] transposed(float[] values, int rows, int columns) {
        return blocksTransposed(values, rows, columns, 1);
    }

    /** [rows, columns, block] to [columns, rows, block]. */
    private static float[] blocksTransposed(float[] values, int rows, int columns, int block) {
        if ((long) rows * columns * block != values.length) {
            throw new IllegalArgumentException(
                    values.length + " elements for " + rows + " x " + columns + " x " + block);
        }
        float[] result = new float[values.length];
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                System.arraycopy(
                        values,
                        (row * columns + column) * block,
                        result,
                        (column * rows + row) * block,
                        block);
            }
        }
        return result;
    }

    private static List<Long> swapped(List<Long> shape) {
        return List.of(shape.get(1), shape.get(0));
    }

    private static List<Long> pointwise(List<Long> shape) {
        return List.of(shape.get(1), shape.get(0), 1L, 1L);
    }
}
