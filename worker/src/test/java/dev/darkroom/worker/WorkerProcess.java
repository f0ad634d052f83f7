package dev.darkroom.worker;

import dev.darkroom.contract.checkpoint.ModelName;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** A worker in a JVM of its own, to be killed. */
final class WorkerProcess {
    private WorkerProcess() {}

    static Process start(PoolFixture pool, String storeEndpoint, Path cache, File log)
            throws IOException {
        return start(pool, storeEndpoint, cache, log, Jobs.MODEL);
    }

    static Process start(
            PoolFixture pool, String storeEndpoint, Path cache, File log, ModelName model)
            throws IOException {
        List<String> command =
                List.of(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-Xmx512m",
                        "-Dorg.bytedeco.javacpp.maxBytes=0",
                        "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0",
                        "-cp",
                        System.getProperty("java.class.path"),
                        WorkerProcess.class.getName(),
                        pool.kafka.bootstrapServers(),
                        storeEndpoint,
                        cache.toString(),
                        model.value());
        return new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log).start();
    }

    /**
     * Arguments: bootstrap servers, store endpoint, cache folder, default model. Runs until it is
     * killed.
     */
    public static void main(String[] arguments) throws InterruptedException {
        PoolFixture pool = PoolFixture.join(arguments[0], arguments[1]);
        pool.worker("doomed", 1, Path.of(arguments[2]), new ModelName(arguments[3])).start();
        new CountDownLatch(1).await();
    }
}
