package dev.darkroom.engine;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bytedeco.javacpp.Loader;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads TensorFlow's native libraries so that TensorFlow Java and DJL share one copy of them and
 * neither asks the network.
 *
 * <p>They are taken from the folder that the system property {@value #FOLDER_PROPERTY} or the
 * environment variable {@value #FOLDER_VARIABLE} names (the build unpacks one), and otherwise
 * extracted from the class path into JavaCPP's cache, which costs some seconds and 650 MB the first
 * time.
 */
public final class TensorflowNatives {
    /** Names a folder that holds the unpacked libraries. */
    public static final String FOLDER_PROPERTY = "darkroom.natives";

    /** As {@link #FOLDER_PROPERTY}, where the property is not set. */
    public static final String FOLDER_VARIABLE = "DARKROOM_NATIVES";

    private static final Logger LOG = LoggerFactory.getLogger(TensorflowNatives.class);
    private static final String BINDING = "org.tensorflow.internal.c_api.global.tensorflow";
    private static final String BINDING_LIBRARY = System.mapLibraryName("jnitensorflow");

    private static @Nullable Path loaded;

    private TensorflowNatives() {}

    /**
     * Loads the libraries on the first call; must come before any other use of TensorFlow or DJL.
     *
     * @return the folder they were loaded from
     * @throws IllegalStateException where there are none for this platform; the message says what
     *     to do
     */
    public static synchronized Path load() {
        Path folder = loaded;
        if (folder == null) {
            folder = loadOnce();
            loaded = folder;
        }
        return folder;
    }

    private static Path loadOnce() {
        // JavaCPP otherwise counts the weights, which lie outside the heap, against a limit derived
        // from -Xmx and throws OutOfMemoryError with gigabytes free.
        System.setProperty("org.bytedeco.javacpp.maxBytes", "0");
        System.setProperty("org.bytedeco.javacpp.maxPhysicalBytes", "0");
        preferUnpacked();
        String library;
        try {
            library =
                    Loader.load(
                            Class.forName(
                                    BINDING, false, TensorflowNatives.class.getClassLoader()));
        } catch (ClassNotFoundException | LinkageError e) {
            throw new IllegalStateException(
                    "TensorFlow's native libraries for "
                            + Loader.getPlatform()
                            + " are not on the class path or do not load ("
                            + e.getMessage()
                            + "). Build on this platform, or with"
                            + " -Dtensorflow.classifier="
                            + Loader.getPlatform()
                            + " where org.tensorflow:tensorflow-core-native has that classifier"
                            + " (linux-x86_64, linux-x86_64-gpu, linux-arm64, macosx-arm64,"
                            + " windows-x86_64)",
                    e);
        }
        Path folder = Path.of(library).toAbsolutePath().getParent();
        if (folder == null) {
            throw new IllegalStateException("TensorFlow was loaded from no folder: " + library);
        }
        System.setProperty("TENSORFLOW_LIBRARY_PATH", folder.toString());
        System.setProperty("ai.djl.offline", "true");
        return folder;
    }

    private static void preferUnpacked() {
        String named = System.getProperty(FOLDER_PROPERTY, System.getenv(FOLDER_VARIABLE));
        if (named == null || named.isBlank()) {
            return;
        }
        Path folder = Path.of(named).toAbsolutePath();
        if (!Files.isRegularFile(folder.resolve(BINDING_LIBRARY))) {
            LOG.info("no {} in {}: extracting it from the class path", BINDING_LIBRARY, folder);
            return;
        }
        String path = System.getProperty("java.library.path", "");
        System.setProperty(
                "java.library.path", path.isEmpty() ? named : folder + File.pathSeparator + path);
        System.setProperty("org.bytedeco.javacpp.pathsFirst", "true");
    }
}
