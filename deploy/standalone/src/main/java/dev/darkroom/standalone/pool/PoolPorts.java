package dev.darkroom.standalone.pool;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Optional;

/**
 * Where a pool listens on this machine; 0 for any port that is free.
 *
 * @param http of the producer's API
 * @param kafka of the pool's own broker
 * @param s3 of the pool's own store
 */
public record PoolPorts(int http, int kafka, int s3) {
    private static final int USUAL_HTTP = 8080;
    private static final int USUAL_KAFKA = 9092;
    private static final int USUAL_S3 = 9000;
    private static final int HIGHEST = 65_535;

    public PoolPorts {
        requirePort(http, "--port");
        requirePort(kafka, "--kafka-port");
        requirePort(s3, "--s3-port");
    }

    /** Of a pool that only its own process and whoever reads its home's file asks. */
    static PoolPorts any() {
        return new PoolPorts(0, 0, 0);
    }

    /** What was said, else the configured HTTP port, else the usual ports. */
    public static PoolPorts chosen(
            Optional<Integer> http, Optional<Integer> kafka, Optional<Integer> s3) {
        return new PoolPorts(
                http.or(() -> Configuration.integer(Configuration.HTTP_PORT)).orElse(USUAL_HTTP),
                kafka.orElseGet(() -> usualIfFree(USUAL_KAFKA)),
                s3.orElseGet(() -> usualIfFree(USUAL_S3)));
    }

    /** Refuses ports that are taken, before anything is started for them. */
    void requireFree() {
        requireFree(http, "--port");
        if (!Configuration.has(Configuration.KAFKA)) {
            requireFree(kafka, "--kafka-port");
        }
        if (!Configuration.has(Configuration.STORE)) {
            requireFree(s3, "--s3-port");
        }
    }

    private static void requireFree(int port, String option) {
        if (!isFree(port)) {
            throw new DarkroomException(
                    ErrorCode.INVALID_REQUEST,
                    "port "
                            + port
                            + " is taken by another program: choose another with "
                            + option
                            + ", or 0 for any");
        }
    }

    private static void requirePort(int port, String option) {
        if (port < 0 || port > HIGHEST) {
            throw new DarkroomException(
                    ErrorCode.INVALID_REQUEST,
                    option + " is " + port + "; it must be 0 to " + HIGHEST);
        }
    }

    private static int usualIfFree(int port) {
        return isFree(port) ? port : 0;
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket =
                new ServerSocket(port, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
    }
}
