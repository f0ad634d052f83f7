package dev.darkroom.standalone.chaos;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Passes connections on to a server, or does not. */
final class FaultyLink implements AutoCloseable {
    enum Mode {
        PASS,
        /** Every request is answered with 503. */
        REFUSE,
        /** Whatever comes back comes a second later. */
        SLOW,
        /** Connections end in the middle of an answer. */
        CUT
    }

    private static final byte[] REFUSAL =
            String.join(
                            "\r\n",
                            "HTTP/1.1 503 Service Unavailable",
                            "Content-Length: 0",
                            "Connection: close",
                            "",
                            "")
                    .getBytes(StandardCharsets.US_ASCII);
    private static final int CUT_AFTER_BYTES = 20;
    private static final long SLOW_MILLIS = 1000;

    private final ServerSocket server;
    private final int target;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private volatile Mode mode = Mode.PASS;

    /**
     * @param target port on this machine
     */
    FaultyLink(int target) throws IOException {
        this.target = target;
        this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        threads.execute(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    /** Connections that are open end, since they would not notice. */
    void set(Mode next) {
        mode = next;
        open.forEach(FaultyLink::end);
        open.clear();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                open.add(client);
                threads.execute(() -> serve(client));
            } catch (IOException e) {
                end(server);
            }
        }
    }

    private void serve(Socket client) {
        try {
            if (mode == Mode.REFUSE) {
                refuse(client);
                return;
            }
            Socket upstream = new Socket(InetAddress.getLoopbackAddress(), target);
            open.add(upstream);
            threads.execute(() -> pump(client, upstream, false));
            pump(upstream, client, true);
        } catch (IOException e) {
            end(client);
        }
    }

    /** Reads the request, so that the answer is not lost with a reset, and answers it. */
    private void refuse(Socket client) throws IOException {
        client.setSoTimeout(200);
        byte[] buffer = new byte[8192];
        InputStream in = client.getInputStream();
        try {
            while (in.read(buffer) >= 0) {
                // The whole of it, whatever it is.
            }
        } catch (java.net.SocketTimeoutException e) {
            client.getOutputStream().write(REFUSAL);
        }
        end(client);
    }

    private void pump(Socket from, Socket to, boolean answers) {
        byte[] buffer = new byte[8192];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                Mode now = mode;
                if (answers && now == Mode.SLOW) {
                    TimeUnit.MILLISECONDS.sleep(SLOW_MILLIS);
                }
                if (answers && now == Mode.CUT) {
                    out.write(buffer, 0, Math.min(read, CUT_AFTER_BYTES));
                    break;
                }
                out.write(buffer, 0, read);
            }
        } catch (IOException e) {
            // One side has gone: so does the other.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            end(from);
            end(to);
            open.remove(from);
            open.remove(to);
        }
    }

    private static void end(AutoCloseable socket) {
        try {
            socket.close();
        } catch (Exception e) {
            // It has ended already.
        }
    }

    @Override
    public void close() {
        end(server);
        set(Mode.PASS);
        threads.shutdownNow();
    }
}
