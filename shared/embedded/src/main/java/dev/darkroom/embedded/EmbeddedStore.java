package dev.darkroom.embedded;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;

/**
 * An S3 server in this JVM, on loopback, that keeps each object as a file in a folder and finds
 * them again after a restart.
 */
public final class EmbeddedStore implements AutoCloseable {
    private static final int THREADS = 32;
    private static final long STOP_MILLIS = 2000;

    private final DataFolder folder;
    private final S3Proxy server;

    private EmbeddedStore(DataFolder folder, S3Proxy server) {
        this.folder = folder;
        this.server = server;
    }

    /**
     * Returns when the server answers.
     *
     * @param directory made where it is missing
     * @param port 0 for any that is free
     * @param accessKey the only user
     * @throws java.net.BindException where the port is taken
     * @throws IOException where the folder is in use or the server fails
     */
    public static EmbeddedStore start(Path directory, int port, String accessKey, String secretKey)
            throws IOException {
        QuietLogs.apply();
        DataFolder folder = DataFolder.lock(directory);
        try {
            Path objects = Files.createDirectories(directory.resolve("objects"));
            S3Proxy server =
                    S3Proxy.builder()
                            .blobStore(new FilesystemNio2BlobStore(objects.toString()))
                            .endpoint(URI.create("http://" + Loopback.ADDRESS + ":" + port))
                            .awsAuthentication(
                                    AuthenticationType.AWS_V2_OR_V4, accessKey, secretKey)
                            .ignoreUnknownHeaders(true)
                            .jettyMaxThreads(THREADS)
                            .stopTimeout(STOP_MILLIS)
                            .build();
            run(server, port);
            return new EmbeddedStore(folder, server);
        } catch (IOException | RuntimeException e) {
            folder.close();
            throw e;
        }
    }

    private static void run(S3Proxy server, int port) throws IOException {
        try {
            server.start();
        } catch (Exception e) {
            if (Loopback.isTaken(e)) {
                throw Loopback.taken(port, e);
            }
            throw new IOException("the object store did not start", e);
        }
    }

    public URI endpoint() {
        return URI.create("http://" + Loopback.ADDRESS + ":" + server.getPort());
    }

    @Override
    public void close() throws IOException {
        try {
            server.stop();
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("the object store did not stop", e);
        } finally {
            folder.close();
        }
    }
}
