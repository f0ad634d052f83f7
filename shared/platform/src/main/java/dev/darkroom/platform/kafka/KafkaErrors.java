package dev.darkroom.platform.kafka;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.errors.UnsupportedVersionException;

/** The one place where the Kafka clients' failures become ours. */
final class KafkaErrors {
    private KafkaErrors() {}

    /**
     * @param action what was tried, to follow "cannot", as in {@code write to darkroom.jobs}
     */
    static DarkroomException classify(KafkaSettings settings, String action, Throwable failure) {
        Throwable cause = unwrap(failure);
        if (cause instanceof DarkroomException ours) {
            return ours;
        }
        if (cause instanceof InterruptException || cause instanceof InterruptedException) {
            Thread.currentThread().interrupt();
            return new DarkroomException(
                    ErrorCode.NOT_READY, "stopped while it was to " + action, cause);
        }
        return new DarkroomException(
                code(cause),
                "broker at "
                        + settings.bootstrapServers()
                        + ": cannot "
                        + action
                        + ": "
                        + detail(cause),
                cause);
    }

    /** The failure inside the wrappers that futures and constructors put around it. */
    static Throwable unwrap(Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof ExecutionException
                        || cause instanceof CompletionException
                        || cause.getClass() == KafkaException.class)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    private static ErrorCode code(Throwable cause) {
        if (cause instanceof RecordTooLargeException || cause instanceof SerializationException) {
            return ErrorCode.INTERNAL;
        }
        if (cause instanceof TimeoutException || isUnresolvable(cause)) {
            return ErrorCode.QUEUE_UNAVAILABLE;
        }
        if (isRefusal(cause)) {
            return ErrorCode.MISCONFIGURED;
        }
        // What else a broker says is about its state, which passes: elections, sessions, epochs.
        return cause instanceof ApiException ? ErrorCode.QUEUE_UNAVAILABLE : ErrorCode.INTERNAL;
    }

    private static boolean isRefusal(Throwable cause) {
        return cause instanceof AuthenticationException
                || cause instanceof AuthorizationException
                || cause instanceof ConfigException
                || cause instanceof UnsupportedVersionException
                || cause instanceof InvalidConfigurationException
                || cause instanceof InvalidReplicationFactorException
                || cause instanceof InvalidRequestException
                || cause instanceof PolicyViolationException;
    }

    /** A name that is not known yet may be in a moment: clusters start their parts in any order. */
    private static boolean isUnresolvable(Throwable cause) {
        return cause instanceof ConfigException
                && String.valueOf(cause.getMessage()).contains("No resolvable bootstrap");
    }

    private static String detail(Throwable cause) {
        String message = cause.getMessage();
        if (cause instanceof SslAuthenticationException) {
            return "no trusted TLS connection: "
                    + root(cause)
                    + " (check ssl.truststore.* of darkroom.kafka.properties, and the broker's"
                    + " name)";
        }
        if (cause instanceof SaslAuthenticationException) {
            return message
                    + " (check sasl.mechanism and sasl.jaas.config of darkroom.kafka.properties)";
        }
        if (cause instanceof TimeoutException || message == null) {
            return "no answer in time";
        }
        return cause instanceof org.apache.kafka.common.errors.TimeoutException
                ? "no answer: " + message
                : message;
    }

    /** What TLS itself says: the client's own message names nothing. */
    private static String root(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root.getMessage() == null ? root.toString() : root.getMessage();
    }
}
