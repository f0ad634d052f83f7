package dev.darkroom.contract.json;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.InputCoercionException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.InvalidNullException;
import com.fasterxml.jackson.databind.exc.InvalidTypeIdException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Says what is wrong with JSON in words that do not need Java or Jackson to be understood. */
final class JsonRefusal {
    private static final int LONGEST = 300;

    private JsonRefusal() {}

    static DarkroomException of(IOException e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof DarkroomException ours) {
                return ours;
            }
        }
        if (e instanceof UnrecognizedPropertyException unknown) {
            return refuse(
                    ErrorCode.INVALID_REQUEST,
                    "unknown field \"" + unknown.getPropertyName() + "\"",
                    e);
        }
        if (e instanceof InvalidTypeIdException type) {
            String id = type.getTypeId();
            return refuse(
                    ErrorCode.INVALID_REQUEST,
                    id == null ? "type is missing" : "unknown type \"" + id + "\"",
                    e);
        }
        if (e instanceof JsonMappingException mapping) {
            return mismatch(mapping);
        }
        if (e instanceof InputCoercionException number) {
            return outOfRange("", number);
        }
        if (e instanceof JsonProcessingException syntax) {
            return refuse(ErrorCode.MALFORMED_REQUEST, syntax(syntax), e);
        }
        return refuse(ErrorCode.MALFORMED_REQUEST, "not readable: " + e.getMessage(), e);
    }

    private static DarkroomException mismatch(JsonMappingException e) {
        String path = path(e);
        String message = e.getOriginalMessage();
        if (e instanceof InvalidNullException
                || message.startsWith("Null value for creator property")
                || message.startsWith("Cannot map `null`")) {
            return refuse(ErrorCode.INVALID_REQUEST, subject(path) + " is missing", e);
        }
        if (e.getCause() instanceof InputCoercionException number) {
            return outOfRange(path, number);
        }
        if (e.getCause() instanceof JsonProcessingException syntax) {
            return refuse(ErrorCode.MALFORMED_REQUEST, syntax(syntax), e);
        }
        if (e.getCause() instanceof RuntimeException refused) {
            return refuse(ErrorCode.INVALID_REQUEST, String.valueOf(refused.getMessage()), e);
        }
        if (message.startsWith("No content")) {
            return refuse(ErrorCode.MALFORMED_REQUEST, "the document is empty", e);
        }
        if (message.startsWith("Trailing token")) {
            return refuse(
                    ErrorCode.MALFORMED_REQUEST,
                    "not valid JSON: something follows the end of the document",
                    e);
        }
        if (e instanceof MismatchedInputException mismatch) {
            Class<?> target = mismatch.getTargetType();
            String wanted = target == null ? "of another type" : wanted(target);
            return refuse(ErrorCode.MALFORMED_REQUEST, subject(path) + " must be " + wanted, e);
        }
        return refuse(ErrorCode.MALFORMED_REQUEST, subject(path) + ": " + message, e);
    }

    private static DarkroomException outOfRange(String path, InputCoercionException e) {
        return refuse(
                ErrorCode.MALFORMED_REQUEST,
                subject(path) + " must be " + wanted(e.getTargetType()) + ", and not so large",
                e);
    }

    private static String wanted(Class<?> target) {
        if (target == int.class
                || target == Integer.class
                || target == long.class
                || target == Long.class) {
            return "a whole number, written without quotes, fraction or exponent";
        }
        if (target == double.class || target == Double.class) {
            return "a number, written without quotes";
        }
        if (List.class.isAssignableFrom(target)) {
            return "an array";
        }
        if (java.time.temporal.Temporal.class.isAssignableFrom(target)) {
            return "a time like 2026-01-31T12:00:00Z";
        }
        return isText(target) ? "a string" : "an object";
    }

    /** Text, or one of our types that is text on the wire. */
    private static boolean isText(Class<?> target) {
        return target == String.class
                || target.isEnum()
                || (target.isRecord()
                        && target.getRecordComponents().length == 1
                        && target.getRecordComponents()[0].getType() == String.class);
    }

    private static String syntax(JsonProcessingException e) {
        JsonLocation location = e.getLocation();
        String place =
                location == null
                        ? ""
                        : " at line " + location.getLineNr() + ", column " + location.getColumnNr();
        return "not valid JSON" + place + ": " + plain(e.getOriginalMessage());
    }

    /** Without the names of parser settings, which mean nothing to who wrote the JSON. */
    private static String plain(String message) {
        return message.replaceAll(": enable `[^`]*` to allow", "")
                .replaceAll(", from `[^`]*`", "")
                .replaceAll("\\[Source: [^;]*; ([^]]*)]", "$1")
                .replaceAll(" \\(for `[^)]*\\)", "");
    }

    private static String subject(String path) {
        return path.isEmpty() ? "the document" : path;
    }

    private static String path(JsonMappingException e) {
        return e.getPath().stream().map(JsonRefusal::piece).collect(Collectors.joining("."));
    }

    private static String piece(JsonMappingException.Reference reference) {
        @Nullable String name = reference.getFieldName();
        return name == null ? "[" + reference.getIndex() + "]" : name;
    }

    private static DarkroomException refuse(ErrorCode code, String message, IOException cause) {
        String clipped =
                message.length() <= LONGEST ? message : message.substring(0, LONGEST) + "...";
        return new DarkroomException(code, clipped, cause);
    }
}
