package dev.darkroom.standalone.pool;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.producer.key.KeyRing;
import io.quarkus.runtime.Application;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import io.quarkus.vertx.http.HttpServer;
import jakarta.enterprise.inject.spi.CDI;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Producer, worker and trainer as one Quarkus application, run in a thread of its own so that a
 * command can go on beside it. Quarkus knows one application in a JVM, hence the static state.
 */
public final class PoolApplication implements QuarkusApplication {
    private static volatile CompletableFuture<Answering> started = new CompletableFuture<>();

    /** Starts it; returns once it answers. Ends when {@link Quarkus#asyncExit}. */
    static RunningApplication launch() {
        CompletableFuture<Answering> answering = new CompletableFuture<>();
        started = answering;
        Thread thread =
                new Thread(
                        () ->
                                Quarkus.run(
                                        PoolApplication.class,
                                        (code, failure) ->
                                                answering.completeExceptionally(
                                                        failure == null
                                                                ? new IllegalStateException(
                                                                        "stopped")
                                                                : failure)),
                        "darkroom-pool");
        thread.start();
        try {
            return new RunningApplication(thread, answering.join());
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
        int port =
                Application.currentApplication()
                        .getValueRegistry()
                        .getOrDefault(HttpServer.HTTP_PORT, -1);
        started.complete(
                new Answering(port, !CDI.current().select(KeyRing.class).get().neverHadAny()));
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

    /**
     * Where it answers, and whom.
     *
     * @param keys whether it asks for API keys: there were some when it started
     */
    record Answering(int port, boolean keys) {}

    /** The application's thread, which ends with it. */
    record RunningApplication(Thread thread, Answering answering) {
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
