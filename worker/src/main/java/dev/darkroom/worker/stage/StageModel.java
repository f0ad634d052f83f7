package dev.darkroom.worker.stage;

import ai.djl.MalformedModelException;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ModelNotFoundException;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.translate.NoopTranslator;
import ai.djl.translate.TranslateException;
import dev.darkroom.contract.checkpoint.Stage;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** One SavedModel, as a function from arrays to an array; usable from many threads. */
final class StageModel implements AutoCloseable {
    /** As TensorFlow, C++ and Linux say it. */
    private static final List<String> SHORTAGES =
            List.of(
                    "resourceexhausted",
                    "resource_exhausted",
                    "oom when allocating",
                    "bad_alloc",
                    "cannot allocate memory",
                    "too many open files",
                    "no space left on device");

    private final Stage stage;
    private final ZooModel<NDList, NDList> model;

    private StageModel(Stage stage, ZooModel<NDList, NDList> model) {
        this.stage = stage;
        this.model = model;
    }

    /**
     * @throws DarkroomException CORRUPT_CHECKPOINT where the SavedModel does not load,
     *     RESOURCE_EXHAUSTED where the machine is short of what that takes
     */
    static StageModel load(Path checkpoint, Stage stage) {
        Path folder = checkpoint.resolve(stage.folder());
        try {
            ZooModel<NDList, NDList> model =
                    Criteria.builder()
                            .setTypes(NDList.class, NDList.class)
                            .optEngine("TensorFlow")
                            .optModelPath(folder)
                            .optOption("SignatureDefKey", Stage.SIGNATURE)
                            .optTranslator(new NoopTranslator())
                            .build()
                            .loadModel();
            // DJL resolves the signature on its first use, without a lock.
            model.describeInput();
            model.describeOutput();
            return new StageModel(stage, model);
        } catch (IOException
                | ModelNotFoundException
                | MalformedModelException
                | RuntimeException e) {
            throw failure(stage, ErrorCode.CORRUPT_CHECKPOINT, "does not load", e);
        }
    }

    /**
     * Runs the stage once.
     *
     * @param inputs makes the inputs; each must bear its name in the signature, since DJL otherwise
     *     takes them in the alphabetical order of the names
     * @param output name of the output wanted
     * @param shape that the output must have
     * @throws DarkroomException GENERATION_FAILED or RESOURCE_EXHAUSTED, naming the stage
     */
    float[] run(Function<NDManager, NDList> inputs, String output, long... shape) {
        float[] values;
        // The outputs belong to the manager of the inputs: one for each call frees them all.
        try (NDManager manager = model.getNDManager().newSubManager();
                Predictor<NDList, NDList> predictor = model.newPredictor()) {
            NDArray result = predictor.predict(inputs.apply(manager)).get(output);
            if (result == null || !result.getShape().equals(new Shape(shape))) {
                throw new DarkroomException(
                        ErrorCode.GENERATION_FAILED,
                        stage.folder()
                                + " made "
                                + output
                                + " of shape "
                                + (result == null ? "none" : result.getShape())
                                + ", expected "
                                + Arrays.toString(shape));
            }
            values = result.toFloatArray();
        } catch (DarkroomException e) {
            throw e;
        } catch (TranslateException | RuntimeException | OutOfMemoryError e) {
            throw failure(stage, ErrorCode.GENERATION_FAILED, "failed", e);
        }
        for (float value : values) {
            if (!Float.isFinite(value)) {
                throw new DarkroomException(
                        ErrorCode.GENERATION_FAILED,
                        stage.folder() + " made values that are not finite");
            }
        }
        return values;
    }

    static NDArray floats(NDManager manager, String name, float[] values, long... shape) {
        return named(manager.create(values, new Shape(shape)), name);
    }

    static NDArray ints(NDManager manager, String name, int[] values, long... shape) {
        return named(manager.create(values, new Shape(shape)), name);
    }

    private static NDArray named(NDArray array, String name) {
        array.setName(name);
        return array;
    }

    /** What ran out on the machine is its trouble, everything else the model's. */
    static DarkroomException failure(Stage stage, ErrorCode otherwise, String what, Throwable e) {
        Throwable root = e;
        boolean shortage = false;
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            root = cause;
            shortage |= cause instanceof OutOfMemoryError || isShortage(cause);
        }
        return new DarkroomException(
                shortage ? ErrorCode.RESOURCE_EXHAUSTED : otherwise,
                stage.folder() + " " + what + ": " + firstLine(root),
                e);
    }

    // TensorFlow's exception classes are not on this room's compile path: told by name and text.
    private static boolean isShortage(Throwable cause) {
        String text = (cause.getClass().getSimpleName() + " " + cause.getMessage());
        String lower = text.toLowerCase(Locale.ROOT);
        return SHORTAGES.stream().anyMatch(lower::contains);
    }

    private static String firstLine(Throwable cause) {
        return String.valueOf(cause).lines().findFirst().orElse("");
    }

    @Override
    public void close() {
        model.close();
    }
}
