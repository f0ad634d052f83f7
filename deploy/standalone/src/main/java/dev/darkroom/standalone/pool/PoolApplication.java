package dev.darkroom.standalone.pool;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import io.quarkus.runtime.Application;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import io.quarkus.vertx.http.HttpServer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Producer, worker and trainer as one Quarkus application, run in a thread of its own so that a
 * command can go on beside it. Quarkus knows one application in a JVM, hence the static state.
 */
public final class PoolApplication implements QuarkusApplication {
    private static volatile CompletableFuture<Integer> started = new CompletableFuture<>();

    /** Starts it; returns its HTTP port once it answers. Ends when {@link Quarkus#asyncExit}. */
    static RunningApplication launch() {
        CompletableFuture<Integer> port = new CompletableFuture<>();
        started = port;
        Thread thread =
                new Thread(
                        () ->
                                Quarkus.run(
                                        PoolApplication.class,
                                        (code, failure) ->
                                                port.completeExceptionally(
                                                        failure == null
                                                                ? new IllegalStateException(
                                                                        "stopped")
                                                                : failure)),
                        "darkroom-pool");
        thread.start();
        try {
            return new RunningApplication(thread, port.join());
        } catch (CompletionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            for (Throwable at = cause; at != null; at = at.getCause()) {
                if (at instanceof DarkroomException known) {
                    throw known;
                }
            }
            throw new DarkroomException(
                    ErrorCode.INTERNAL, "the pool does not start: " + rootMessage(cause), cause);
        }
    }

    @Override
    public int run(String... arguments) {
        started.complete(
                Application.currentApplication()
                        .getValueRegistry()
                        .getOrDefault(HttpServer.HTTP_PORT, -1));
        Quarkus.waitForExit();
        return 0;
    }

    private static String rootMessage(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root.getMessage() == null ? root.toString() : root.getMessage();
    }

    /** The application's thread, which ends with it, and its HTTP port. */
    record RunningApplication(Thread thread, int port) {
        void stop() {
            Quarkus.asyncExit();
            awaitEnd();
        }

        void awaitEnd() {
            boolean interrupted = false;
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
