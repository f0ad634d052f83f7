package dev.darkroom.contract.json;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The one JSON codec of Darkroom. */
public final class Json {
    private static final ObjectMapper MAPPER = newMapper();

    private Json() {}

    private static ObjectMapper newMapper() {
        JsonMapper mapper =
                JsonMapper.builder()
                        .addModule(new Jdk8Module())
                        .addModule(new JavaTimeModule())
                        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                        .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                        .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
                        .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                        .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
                        .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
                        .defaultPropertyInclusion(
                                JsonInclude.Value.construct(
                                        JsonInclude.Include.NON_ABSENT,
                                        JsonInclude.Include.NON_ABSENT))
                        .build();
        mapper.getFactory()
                .setStreamReadConstraints(
                        StreamReadConstraints.builder().maxNestingDepth(64).build());
        mapper.coercionConfigFor(LogicalType.Textual)
                .setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail);
        return mapper;
    }

    /** A copy of the mapper, for frameworks that want one of their own. */
    public static ObjectMapper mapper() {
        return MAPPER.copy();
    }

    /** The value as JSON in UTF-8, on one line. */
    public static byte[] write(Object value) {
        try {
            return MAPPER.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new DarkroomException(ErrorCode.INTERNAL, "cannot write " + value.getClass(), e);
        }
    }

    /** The value as indented JSON in UTF-8, for files that people open. */
    public static byte[] writePretty(Object value) {
        try {
            return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new DarkroomException(ErrorCode.INTERNAL, "cannot write " + value.getClass(), e);
        }
    }

    /**
     * Reads JSON; a property that the type does not have is an error.
     *
     * @throws DarkroomException {@link ErrorCode#MALFORMED_REQUEST} where it is not JSON of that
     *     shape, or the exception with which the type itself refused the values
     */
    public static <T> T read(byte[] json, Class<T> type) {
        try {
            return requirePresent(MAPPER.readValue(json, type));
        } catch (IOException e) {
            throw JsonRefusal.of(e);
        }
    }

    /**
     * As {@link #read(byte[], Class)}, but of what a later version may have written: properties
     * unknown to this one are passed over, and an unknown {@link ErrorCode} is {@link
     * ErrorCode#INTERNAL}.
     */
    public static <T> T readTolerant(byte[] json, Class<T> type) {
        try {
            return requirePresent(
                    MAPPER.readerFor(type)
                            .without(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                            .with(
                                    DeserializationFeature
                                            .READ_UNKNOWN_ENUM_VALUES_USING_DEFAULT_VALUE)
                            .readValue(json));
        } catch (IOException e) {
            throw JsonRefusal.of(e);
        }
    }

    /** Any JSON document as a tree. */
    public static JsonNode tree(byte[] json) {
        try {
            JsonNode tree = requirePresent(MAPPER.readTree(json));
            if (tree.isMissingNode()) {
                throw new DarkroomException(ErrorCode.MALFORMED_REQUEST, "the document is empty");
            }
            return tree;
        } catch (IOException e) {
            throw JsonRefusal.of(e);
        }
    }

    /** A tree as a value, with the same checks as {@link #read(byte[], Class)}. */
    public static <T> T convert(JsonNode tree, Class<T> type) {
        try {
            return requirePresent(MAPPER.treeToValue(tree, type));
        } catch (JsonProcessingException e) {
            throw JsonRefusal.of(e);
        }
    }

    private static <T> T requirePresent(@Nullable T value) {
        if (value == null) {
            throw new DarkroomException(ErrorCode.MALFORMED_REQUEST, "the document is null");
        }
        return value;
    }
}
