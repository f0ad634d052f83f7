package dev.darkroom.platform.objectstore;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import io.minio.errors.ErrorResponseException;
import io.minio.errors.InvalidResponseException;
import io.minio.errors.ServerException;
import io.minio.errors.XmlParserException;
import java.io.IOException;
import java.security.cert.CertificateException;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;

/** The one place where the S3 client's failures become ours. */
final class StoreErrors {
    private static final Set<String> BUSY =
            Set.of("SlowDown", "ServiceUnavailable", "RequestTimeout", "InternalError");

    private final ObjectStoreSettings settings;

    StoreErrors(ObjectStoreSettings settings) {
        this.settings = settings;
    }

    /**
     * @param action what was tried, to follow "cannot", as in {@code read jobs/1/0.png}
     */
    DarkroomException classify(String action, Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            Optional<DarkroomException> known = known(action, cause);
            if (known.isPresent()) {
                return known.get();
            }
        }
        return error(ErrorCode.INTERNAL, action, String.valueOf(failure), failure);
    }

    /** Whether the failure says that there is no such object; a missing bucket is another thing. */
    static boolean isMissing(Throwable failure) {
        return failure instanceof ErrorResponseException refused
                && refused.errorResponse().code().equals("NoSuchKey");
    }

    /** Whether the failure says that a condition of the request did not hold. */
    static boolean isPreconditionFailed(Throwable failure) {
        return failure instanceof ErrorResponseException refused
                && refused.response().code() == 412;
    }

    /** Whether another conditional write of the same key was under way; to be asked again. */
    static boolean isConditionalConflict(Throwable failure) {
        return failure instanceof ErrorResponseException refused
                && refused.errorResponse().code().equals("ConditionalRequestConflict");
    }

    /** Whether the failure says that the bucket to be made is there and ours. */
    static boolean isBucketOurs(Throwable failure) {
        return failure instanceof ErrorResponseException refused
                && refused.errorResponse().code().equals("BucketAlreadyOwnedByYou");
    }

    private Optional<DarkroomException> known(String action, Throwable cause) {
        if (cause instanceof DarkroomException ours) {
            return Optional.of(ours);
        }
        if (cause instanceof ErrorResponseException refused) {
            return Optional.of(refusal(action, refused));
        }
        if (cause instanceof InvalidResponseException answer) {
            // What is no XML comes from no S3 server, but a gateway before one may say "502" so.
            boolean gateway = String.valueOf(answer.getMessage()).contains("Response code: 5");
            return Optional.of(
                    error(
                            gateway ? ErrorCode.STORE_UNAVAILABLE : ErrorCode.MISCONFIGURED,
                            action,
                            gateway
                                    ? "a gateway answers in its place"
                                    : "something answers there that is no S3 server",
                            cause));
        }
        if (cause instanceof ServerException) {
            return Optional.of(
                    error(
                            ErrorCode.STORE_UNAVAILABLE,
                            action,
                            String.valueOf(cause.getMessage()),
                            cause));
        }
        if (cause instanceof XmlParserException || cause instanceof IllegalArgumentException) {
            return Optional.of(
                    error(
                            ErrorCode.MISCONFIGURED,
                            action,
                            String.valueOf(cause.getMessage()),
                            cause));
        }
        if (cause instanceof SSLHandshakeException
                || cause instanceof SSLPeerUnverifiedException
                || cause instanceof CertificateException) {
            return Optional.of(
                    error(
                            ErrorCode.MISCONFIGURED,
                            action,
                            "no trusted TLS connection: "
                                    + cause.getMessage()
                                    + " (check darkroom.store.certificates and the endpoint's"
                                    + " name)",
                            cause));
        }
        if (cause instanceof IOException) {
            return Optional.of(
                    error(ErrorCode.STORE_UNAVAILABLE, action, "no answer: " + cause, cause));
        }
        return Optional.empty();
    }

    private DarkroomException refusal(String action, ErrorResponseException refused) {
        int status = refused.response().code();
        String code = refused.errorResponse().code();
        String said = "HTTP " + status + " " + code + ": " + refused.errorResponse().message();
        if ((status >= 500 && status != 501) || BUSY.contains(code) || status == 429) {
            return error(ErrorCode.STORE_UNAVAILABLE, action, said, refused);
        }
        if (code.equals("NoSuchBucket")) {
            return error(
                    ErrorCode.MISCONFIGURED,
                    action,
                    "there is no bucket " + settings.bucket(),
                    refused);
        }
        if (code.equals("RequestTimeTooSkewed")) {
            return error(
                    ErrorCode.MISCONFIGURED,
                    action,
                    said + " (check this machine's clock)",
                    refused);
        }
        if (status == 401 || status == 403) {
            return error(
                    ErrorCode.MISCONFIGURED,
                    action,
                    said + " (check darkroom.store.access-key and secret-key)",
                    refused);
        }
        return error(
                status == 400 || status == 501 || status / 100 == 3
                        ? ErrorCode.MISCONFIGURED
                        : ErrorCode.INTERNAL,
                action,
                said,
                refused);
    }

    private DarkroomException error(ErrorCode code, String action, String detail, Throwable cause) {
        return new DarkroomException(
                code,
                "object store at " + settings.endpoint() + ": cannot " + action + ": " + detail,
                cause);
    }
}
