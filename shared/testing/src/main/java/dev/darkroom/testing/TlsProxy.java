package dev.darkroom.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

/** Speaks TLS on a port of 127.0.0.1 and passes on what comes to a server that does not. */
public final class TlsProxy implements AutoCloseable {
    private static final int WAITING = 50;

    private final URI target;
    private final SSLServerSocket socket;
    private final List<Socket> open = new CopyOnWriteArrayList<>();
    private final ExecutorService threads =
            Executors.newCachedThreadPool(
                    task -> {
                        Thread thread = new Thread(task, "tls-proxy");
                        thread.setDaemon(true);
                        return thread;
                    });

    private TlsProxy(URI target, SSLServerSocket socket) {
        this.target = target;
        this.socket = socket;
    }

    public static TlsProxy start(URI target, Certificates certificates) throws IOException {
        SSLServerSocket socket =
                (SSLServerSocket)
                        certificates
                                .context()
                                .getServerSocketFactory()
                                .createServerSocket(
                                        0,
                                        WAITING,
                                        InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
        TlsProxy proxy = new TlsProxy(target, socket);
        proxy.threads.execute(proxy::accept);
        return proxy;
    }

    /** As in {@code https://127.0.0.1:41234}. */
    public URI endpoint() {
        return URI.create("https://127.0.0.1:" + socket.getLocalPort());
    }

    private void accept() {
        while (!socket.isClosed()) {
            try {
                SSLSocket client = (SSLSocket) socket.accept();
                open.add(client);
                threads.execute(() -> serve(client));
            } catch (IOException e) {
                // Closed, or a client that went away.
            }
        }
    }

    private void serve(SSLSocket client) {
        try (client;
                Socket server = new Socket(target.getHost(), target.getPort())) {
            open.add(server);
            // Whoever does not trust the certificate leaves here.
            client.startHandshake();
            threads.execute(() -> copy(server, client));
            copy(client, server);
        } catch (IOException e) {
            // The other side sees its connection end.
        } finally {
            open.remove(client);
        }
    }

    private static void copy(Socket from, Socket to) {
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] block = new byte[1 << 14];
            for (int count = in.read(block); count >= 0; count = in.read(block)) {
                out.write(block, 0, count);
                out.flush();
            }
            to.close();
        } catch (IOException e) {
            // Either side has ended.
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
        for (Socket each : open) {
            each.close();
        }
        threads.shutdownNow();
    }
}
