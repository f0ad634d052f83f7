package dev.darkroom.embedded;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;

/** The only address that the servers listen on, and its ports. */
final class Loopback {
    static final String ADDRESS = "127.0.0.1";

    private Loopback() {}

    /** A port that is free now. */
    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, address())) {
            return socket.getLocalPort();
        }
    }

    /**
     * @throws BindException where something listens on the port
     */
    static void requireFree(int port) throws IOException {
        try (ServerSocket socket = new ServerSocket(port, 1, address())) {
            socket.getLocalPort();
        } catch (BindException e) {
            throw taken(port, e);
        }
    }

    private static InetAddress address() throws IOException {
        return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    }

    static BindException taken(int port, Throwable cause) {
        BindException taken =
                new BindException(
                        "port "
                                + port
                                + " on "
                                + ADDRESS
                                + " is taken by another program; choose another or 0 for any");
        taken.initCause(cause);
        return taken;
    }

    /** Whether the failure is that of a port in use. */
    static boolean isTaken(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof BindException
                    || String.valueOf(cause.getMessage()).contains("Address already in use")) {
                return true;
            }
        }
        return false;
    }
}
