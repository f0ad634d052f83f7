package dev.darkroom.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * A certificate authority of a test's own and a server on 127.0.0.1 that it vouches for, made by
 * the JDK's keytool.
 *
 * @param authority the authority's certificate, PEM
 * @param server key and certificates of the server, PKCS12
 */
public record Certificates(Path authority, Path server) {
    public static final String PASSWORD = "changeit";

    /** Makes them in a folder. */
    public static Certificates make(Path folder) {
        Path ca = folder.resolve("ca.p12");
        Path authority = folder.resolve("ca.pem");
        Path server = folder.resolve("server.p12");
        Path request = folder.resolve("server.csr");
        Path signed = folder.resolve("server.pem");
        keytool(ca, "-genkeypair", "-alias", "ca", "-dname", "CN=Test CA", "-ext", "bc:c");
        keytool(ca, "-exportcert", "-rfc", "-alias", "ca", "-file", authority.toString());
        keytool(server, "-genkeypair", "-alias", "server", "-dname", "CN=test server");
        keytool(server, "-certreq", "-alias", "server", "-file", request.toString());
        keytool(
                ca,
                "-gencert",
                "-rfc",
                "-alias",
                "ca",
                "-ext",
                "san=ip:127.0.0.1,dns:localhost",
                "-infile",
                request.toString(),
                "-outfile",
                signed.toString());
        keytool(
                server,
                "-importcert",
                "-noprompt",
                "-trustcacerts",
                "-alias",
                "ca",
                "-file",
                authority.toString());
        keytool(server, "-importcert", "-noprompt", "-alias", "server", "-file", signed.toString());
        return new Certificates(authority, server);
    }

    /** What a server needs to prove that it is this one. */
    public SSLContext context() {
        try (InputStream file = Files.newInputStream(server)) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(file, PASSWORD.toCharArray());
            KeyManagerFactory keys =
                    KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, PASSWORD.toCharArray());
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), null, null);
            return context;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void keytool(Path store, String command, String... options) {
        List<String> line = new ArrayList<>();
        line.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        line.add(command);
        line.addAll(List.of("-keystore", store.toString(), "-storetype", "PKCS12"));
        line.addAll(List.of("-storepass", PASSWORD));
        if (command.equals("-genkeypair")) {
            line.addAll(List.of("-keyalg", "EC", "-groupname", "secp256r1", "-validity", "2"));
        }
        line.addAll(List.of(options));
        try {
            Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
            String said =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IllegalStateException(line + ": " + said);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
