package dev.darkroom.worker;

import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.testing.Interposed;
import dev.darkroom.testing.TestJvm;
import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** A worker in a JVM of its own, to be killed. */
final class WorkerProcess {
    /** Where the thread that brings a checkpoint in can be made to stand still. */
    enum Moment {
        /** Half of a file has come, and some files are there. */
        DOWNLOAD,
        /** All stages are loaded, none has run. */
        WARM_UP,
        /** It has made a picture, and jobs still begin with the version before. */
        SWAP
    }

    /**
     * @param checkpoint while this one is brought in
     */
    record Hold(Moment moment, CheckpointId checkpoint) {
        /** What the worker says at that moment. */
        private String says() {
            return switch (moment) {
                case DOWNLOAD -> "";
                case WARM_UP -> "warms up " + checkpoint;
                case SWAP -> "loaded " + checkpoint;
            };
        }
    }

    private static final String HELD = "HELD";
    private static final String HALVED = "/vae_decoder/variables/variables.data-00000-of-00001";

    /** Loggers that nobody refers to are forgotten, and their handlers with them. */
    private static final Logger LOG = Logger.getLogger("dev.darkroom");

    private WorkerProcess() {}

    static Process start(PoolFixture pool, String storeEndpoint, Path cache, File log)
            throws IOException {
        return start(pool, storeEndpoint, cache, log, Jobs.MODEL, Optional.empty());
    }

    static Process start(
            PoolFixture pool,
            String storeEndpoint,
            Path cache,
            File log,
            ModelName model,
            Optional<Hold> hold)
            throws IOException {
        List<String> arguments =
                new ArrayList<>(
                        List.of(
                                pool.kafka.bootstrapServers(),
                                storeEndpoint,
                                cache.toString(),
                                model.value()));
        hold.ifPresent(
                where ->
                        arguments.addAll(
                                List.of(
                                        where.moment().name(),
                                        where.checkpoint().version().value())));
        return TestJvm.of(WorkerProcess.class, List.of("-Xmx512m"), arguments)
                .redirectErrorStream(true)
                .redirectOutput(log)
                .start();
    }

    /** Whether the process that writes this log stands still where it was to. */
    static boolean isHeld(File log) {
        try {
            return Files.readString(log.toPath()).contains(HELD);
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Arguments: bootstrap servers, store endpoint, cache folder, default model; then, where it is
     * to stand still, the moment and the version of that model. Runs until it is killed.
     */
    public static void main(String[] arguments) throws InterruptedException {
        ModelName model = new ModelName(arguments[3]);
        Optional<Hold> hold =
                arguments.length == 4
                        ? Optional.empty()
                        : Optional.of(
                                new Hold(
                                        Moment.valueOf(arguments[4]),
                                        new CheckpointId(
                                                model, new CheckpointVersion(arguments[5]))));
        hold.ifPresent(WorkerProcess::standStillWhereItSaysSo);
        PoolFixture pool =
                PoolFixture.join(
                        arguments[0],
                        arguments[1],
                        store -> hold.map(where -> halving(store, where)).orElse(store));
        pool.worker("doomed", 1, Path.of(arguments[2]), model).start();
        new CountDownLatch(1).await();
    }

    private static void standStillWhereItSaysSo(Hold hold) {
        LOG.setLevel(Level.ALL);
        LOG.addHandler(
                new Handler() {
                    @Override
                    public void publish(LogRecord record) {
                        if (!hold.says().isEmpty() && record.getMessage().contains(hold.says())) {
                            standStill();
                        }
                    }

                    @Override
                    public void flush() {}

                    @Override
                    public void close() {}
                });
    }

    /** What a network leaves that ends in the middle of a file. */
    private static ObjectStore halving(ObjectStore store, Hold hold) {
        return Interposed.as(
                ObjectStore.class,
                (method, arguments) -> {
                    Object answer = Interposed.call(store, method, arguments);
                    if (method.getName().equals("download")
                            && hold.moment() == Moment.DOWNLOAD
                            && arguments[0]
                                    .toString()
                                    .endsWith(hold.checkpoint().version() + HALVED)) {
                        halve((Path) arguments[1]);
                        standStill();
                    }
                    return answer;
                });
    }

    private static void halve(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(channel.size() / 2);
        }
    }

    private static void standStill() {
        System.out.println(HELD);
        while (true) {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                // Nothing ends it but the end of the process.
            }
        }
    }
}
