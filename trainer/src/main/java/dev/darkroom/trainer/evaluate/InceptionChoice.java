package dev.darkroom.trainer.evaluate;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorShapeProto;

/**
 * What is said of an Inception network; what is not said is read from its SavedModel. Most say all
 * of it themselves: one signature with one input, float [N, side, side, 3], and one output that is
 * float [N, d].
 *
 * @param folder of the SavedModel
 * @param signature its key
 * @param input name in the signature
 * @param output name in the signature
 * @param side pixels
 * @param dimensions of a picture's features
 */
public record InceptionChoice(
        Path folder,
        Optional<String> signature,
        Optional<String> input,
        Optional<String> output,
        Optional<Integer> side,
        Optional<Integer> dimensions) {
    /** Inception v3's pictures, where the network takes any. */
    private static final int USUAL_SIDE = 299;

    private static final String USUAL_SIGNATURE = "serving_default";

    /** What TensorFlow keeps for itself among the signatures begins so. */
    private static final String RESERVED = "__";

    /** All that the network does not say itself is left to it. */
    public static InceptionChoice of(Path folder) {
        return new InceptionChoice(
                folder,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    /**
     * @throws DarkroomException {@link ErrorCode#INVALID_REQUEST} where it is no SavedModel, or
     *     where nothing or more than one thing of it fits: with what was found
     */
    public InceptionFeatures.Options options() {
        Map<String, SignatureDef> found = new TreeMap<>(SavedModel.signatures(folder));
        found.keySet().removeIf(key -> key.startsWith(RESERVED));
        Map<String, InceptionFeatures.Options> fitting = new TreeMap<>();
        List<String> misfits = new ArrayList<>();
        found.forEach(
                (key, one) -> {
                    if (signature.isEmpty() || signature.get().equals(key)) {
                        try {
                            fitting.put(key, read(key, one));
                        } catch (IllegalArgumentException e) {
                            misfits.add(key + " " + e.getMessage());
                        }
                    }
                });
        if (fitting.size() == 1) {
            return fitting.values().iterator().next();
        }
        return Optional.ofNullable(fitting.get(USUAL_SIGNATURE))
                .orElseThrow(
                        () ->
                                new DarkroomException(
                                        ErrorCode.INVALID_REQUEST,
                                        folder
                                                + " cannot be asked for features: "
                                                + why(found, fitting, misfits)));
    }

    private String why(
            Map<String, SignatureDef> found,
            Map<String, InceptionFeatures.Options> fitting,
            List<String> misfits) {
        if (!fitting.isEmpty()) {
            return "the signatures " + fitting.keySet() + " all fit; name one";
        }
        if (!misfits.isEmpty()) {
            return "its signature " + String.join("; its signature ", misfits);
        }
        return signature.isPresent()
                ? "it has the signatures " + found.keySet() + " and not " + signature.get()
                : "it has no signature";
    }

    /**
     * @throws IllegalArgumentException saying what the signature has in place of what is needed
     */
    private InceptionFeatures.Options read(String key, SignatureDef found) {
        Map<String, TensorInfo> inputs = found.getInputsMap();
        Map<String, TensorInfo> outputs = found.getOutputsMap();
        // An input that nobody names must be the only one: others would have to be fed too.
        String asked =
                one(
                        input,
                        inputs,
                        input.isPresent() || inputs.size() == 1
                                ? named(inputs, InceptionChoice::isPictures)
                                : List.of(),
                        "takes",
                        "one input of float [N, side, side, 3]");
        String answered =
                one(
                        output,
                        outputs,
                        named(outputs, info -> isFeatures(info, output.isPresent())),
                        "gives",
                        "one output of float [N, d]");
        TensorInfo pictures = found.getInputsOrThrow(asked);
        TensorInfo features = found.getOutputsOrThrow(answered);
        return new InceptionFeatures.Options(
                folder,
                key,
                asked,
                answered,
                agreed(side, known(size(pictures, 1), size(pictures, 2)), asked + "'s side")
                        .orElse(USUAL_SIDE),
                agreed(dimensions, width(features), answered + "'s dimensions")
                        .orElseThrow(
                                () ->
                                        new IllegalArgumentException(
                                                "gives "
                                                        + described(Map.of(answered, features))
                                                        + ", which leaves its dimensions open; say"
                                                        + " how many they are")));
    }

    private static List<String> named(
            Map<String, TensorInfo> tensors, Predicate<TensorInfo> fitting) {
        return tensors.entrySet().stream()
                .filter(one -> fitting.test(one.getValue()))
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
    }

    /** The one that was named, where it fits, or else the only one that does. */
    private static String one(
            Optional<String> name,
            Map<String, TensorInfo> all,
            List<String> fitting,
            String verb,
            String wanted) {
        List<String> left =
                fitting.stream().filter(each -> name.isEmpty() || name.get().equals(each)).toList();
        if (left.size() == 1) {
            return left.get(0);
        }
        throw new IllegalArgumentException(
                verb
                        + " "
                        + described(all)
                        + ", not "
                        + wanted
                        + name.map(each -> " named " + each).orElse("")
                        + (left.isEmpty() ? "" : "; name one"));
    }

    private static boolean isPictures(TensorInfo info) {
        return info.getDtype() == DataType.DT_FLOAT
                && info.getTensorShape().getDimCount() == 4
                && size(info, 3) == 3
                && (size(info, 1) < 0 || size(info, 2) < 0 || size(info, 1) == size(info, 2));
    }

    /** One that is named may have sides of 1 pixel as well, as pooling leaves them. */
    private static boolean isFeatures(TensorInfo info, boolean named) {
        int rank = info.getTensorShape().getDimCount();
        return info.getDtype() == DataType.DT_FLOAT && (rank == 2 || (named && rank > 2));
    }

    private static long size(TensorInfo info, int dimension) {
        return info.getTensorShape().getDim(dimension).getSize();
    }

    private static OptionalLong known(long height, long width) {
        return height < 0 && width < 0
                ? OptionalLong.empty()
                : OptionalLong.of(Math.max(height, width));
    }

    /** Values of a picture. */
    private static OptionalLong width(TensorInfo features) {
        long product = 1;
        for (int i = 1; i < features.getTensorShape().getDimCount(); i++) {
            long size = size(features, i);
            if (size < 0) {
                return OptionalLong.empty();
            }
            product *= size;
        }
        return OptionalLong.of(product);
    }

    private static Optional<Integer> agreed(
            Optional<Integer> said, OptionalLong found, String what) {
        if (found.isEmpty()) {
            return said;
        }
        int known = Math.toIntExact(found.getAsLong());
        if (said.isPresent() && said.get() != known) {
            throw new IllegalArgumentException(
                    "says that " + what + " is " + known + ", not " + said.get());
        }
        return Optional.of(known);
    }

    private static String described(Map<String, TensorInfo> tensors) {
        return tensors.isEmpty()
                ? "nothing"
                : new TreeMap<>(tensors)
                        .entrySet().stream()
                                .map(one -> one.getKey() + " " + described(one.getValue()))
                                .collect(Collectors.joining(" and "));
    }

    private static String described(TensorInfo info) {
        TensorShapeProto shape = info.getTensorShape();
        String type = info.getDtype().name().replace("DT_", "").toLowerCase(Locale.ROOT);
        return shape.getUnknownRank()
                ? type + " of any shape"
                : type
                        + shape.getDimList().stream()
                                .map(one -> one.getSize() < 0 ? "?" : "" + one.getSize())
                                .collect(Collectors.joining(", ", " [", "]"));
    }
}
