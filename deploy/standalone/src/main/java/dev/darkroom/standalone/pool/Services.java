package dev.darkroom.standalone.pool;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.embedded.EmbeddedBroker;
import dev.darkroom.embedded.EmbeddedStore;
import dev.darkroom.platform.wiring.PlatformSettings;
import dev.darkroom.standalone.home.DarkroomHome;
import dev.darkroom.standalone.home.HomeLock;
import dev.darkroom.standalone.home.PoolFile;
import dev.darkroom.standalone.home.StoreCredentials;
import dev.darkroom.standalone.home.WorkFolder;
import java.io.IOException;
import java.net.URI;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The queue and the bucket: the home's own, started in this JVM, or outside ones where the
 * configuration names them.
 */
public final class Services implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Services.class);

    private final PlatformSettings settings;
    private final Optional<EmbeddedBroker> broker;
    private final Optional<EmbeddedStore> store;
    private final Optional<HomeLock> lock;

    private Services(
            PlatformSettings settings,
            Optional<EmbeddedBroker> broker,
            Optional<EmbeddedStore> store,
            Optional<HomeLock> lock) {
        this.settings = settings;
        this.broker = broker;
        this.store = store;
        this.lock = lock;
    }

    /**
     * The outside ones where the configuration names both, else those of the pool that is up on the
     * home, else the home's own, started here.
     */
    public static Services open(DarkroomHome home) {
        home.create();
        if (Configuration.has(Configuration.KAFKA) && Configuration.has(Configuration.STORE)) {
            return start(home, Optional.empty(), PoolPorts.any());
        }
        Optional<HomeLock> lock = HomeLock.tryAcquire(home);
        return lock.isPresent() ? start(home, lock, PoolPorts.any()) : join(home);
    }

    private static Services join(DarkroomHome home) {
        PoolFile pool =
                PoolFile.read(home)
                        .filter(PoolFile::isAlive)
                        .orElseThrow(
                                () ->
                                        new DarkroomException(
                                                ErrorCode.NOT_READY,
                                                "another process holds "
                                                        + home
                                                        + " and has no pool up: try again later"));
        Configuration.setUnlessGiven(Configuration.KAFKA, pool.kafka());
        if (!Configuration.has(Configuration.STORE)) {
            useStore(pool.s3(), StoreCredentials.load(home));
            Configuration.set("darkroom.store.bucket", pool.bucket());
            Configuration.set("darkroom.store.region", pool.region());
        }
        return new Services(
                Configuration.platform(), Optional.empty(), Optional.empty(), Optional.empty());
    }

    /** Starts what the configuration does not name, both at once. */
    static Services start(DarkroomHome home, Optional<HomeLock> lock, PoolPorts ports) {
        Logs.toFile(home);
        WorkFolder.removeAbandoned(home.workFolder(), CheckpointImport.FOLDER_PREFIX);
        CompletableFuture<Optional<EmbeddedBroker>> broker =
                Configuration.has(Configuration.KAFKA)
                        ? CompletableFuture.completedFuture(Optional.empty())
                        : CompletableFuture.supplyAsync(
                                () -> Optional.of(broker(home, ports.kafka())));
        Optional<EmbeddedStore> store = Optional.empty();
        try {
            if (!Configuration.has(Configuration.STORE)) {
                StoreCredentials keys = StoreCredentials.loadOrCreate(home);
                EmbeddedStore started = store(home, ports.s3(), keys);
                store = Optional.of(started);
                useStore(started.endpoint(), keys);
            }
            Optional<EmbeddedBroker> started = broker.join();
            started.ifPresent(
                    own -> Configuration.set(Configuration.KAFKA, own.bootstrapServers()));
            return new Services(Configuration.platform(), started, store, lock);
        } catch (RuntimeException e) {
            store.ifPresent(Services::closeQuietly);
            closeIfStarted(broker);
            lock.ifPresent(HomeLock::close);
            throw e instanceof CompletionException wrapped && wrapped.getCause() != null
                    ? DarkroomException.of(wrapped.getCause())
                    : e;
        }
    }

    private static void useStore(URI endpoint, StoreCredentials keys) {
        Configuration.set(Configuration.STORE, endpoint.toString());
        Configuration.set("darkroom.store.access-key", keys.accessKey());
        Configuration.set("darkroom.store.secret-key", keys.secretKey());
    }

    public PlatformSettings settings() {
        return settings;
    }

    /** Whether the bucket is the home's own, so that its keys are in the home's file. */
    public boolean ownsStore() {
        return store.isPresent();
    }

    private static EmbeddedBroker broker(DarkroomHome home, int port) {
        try {
            return EmbeddedBroker.start(home.queue(), port);
        } catch (IOException e) {
            throw new DarkroomException(
                    ErrorCode.MISCONFIGURED, "the broker does not start: " + e.getMessage(), e);
        }
    }

    private static EmbeddedStore store(DarkroomHome home, int port, StoreCredentials keys) {
        try {
            return EmbeddedStore.start(home.store(), port, keys.accessKey(), keys.secretKey());
        } catch (IOException e) {
            throw new DarkroomException(
                    ErrorCode.MISCONFIGURED, "the store does not start: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        broker.ifPresent(Services::closeQuietly);
        store.ifPresent(Services::closeQuietly);
        lock.ifPresent(HomeLock::close);
    }

    private static void closeIfStarted(CompletableFuture<Optional<EmbeddedBroker>> broker) {
        try {
            broker.join().ifPresent(Services::closeQuietly);
        } catch (CompletionException e) {
            // It never started: the failure that is told is the reason to be here.
        }
    }

    private static void closeQuietly(AutoCloseable server) {
        try {
            server.close();
        } catch (Exception e) {
            LOG.warn("did not stop cleanly: {}", server, e);
        }
    }
}
