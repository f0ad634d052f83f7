package dev.darkroom.standalone.client;

import java.io.IOException;
import java.net.URI;

/** The pool does not answer any more, so what it says of a job is not known. */
public final class PoolUnreachableException extends IOException {
    public PoolUnreachableException(URI server, Throwable cause) {
        super("the pool at " + server + " does not answer (" + describe(cause) + ")", cause);
    }

    private static String describe(Throwable cause) {
        String message = cause.getMessage();
        return cause.getClass().getSimpleName() + (message == null ? "" : ": " + message);
    }
}
