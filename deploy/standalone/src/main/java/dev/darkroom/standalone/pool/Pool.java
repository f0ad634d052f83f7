package dev.darkroom.standalone.pool;

import dev.darkroom.engine.TensorflowNatives;
import dev.darkroom.platform.wiring.PlatformSettings;
import dev.darkroom.standalone.home.DarkroomHome;
import dev.darkroom.standalone.home.HomeLock;
import dev.darkroom.standalone.home.PoolFile;
import java.net.URI;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything that is needed to serve jobs, in this JVM: broker and store first, then producer,
 * worker and trainer on top of them, with the bundled model where none was ever promoted.
 */
public final class Pool implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Pool.class);

    private final DarkroomHome home;
    private final Services services;
    private final PoolApplication.RunningApplication application;
    private final PoolFile where;
    private boolean closed;

    private Pool(
            DarkroomHome home,
            Services services,
            PoolApplication.RunningApplication application,
            PoolFile where) {
        this.home = home;
        this.services = services;
        this.application = application;
        this.where = where;
    }

    /**
     * Returns when the pool takes jobs.
     *
     * @param lock becomes the pool's, also where the start fails
     * @param ports where it listens
     * @param progress is told what is going on
     */
    public static Pool start(
            DarkroomHome home, HomeLock lock, PoolPorts ports, Consumer<String> progress) {
        progress.accept("starting the pool");
        PoolFile.remove(home);
        Services services = null;
        try {
            ports.requireFree();
            // The slowest things first and side by side: none needs another.
            CompletableFuture<?> natives = CompletableFuture.runAsync(TensorflowNatives::load);
            services = Services.start(home, Optional.of(lock), ports);
            natives.join();
            BundledModel.ensurePromoted(home, services.settings(), progress);
            Configuration.set(Configuration.HTTP_PORT, Integer.toString(ports.http()));
            Configuration.setUnlessGiven("darkroom.worker.cache", home.cache().toString());
            Configuration.setUnlessGiven("darkroom.trainer.cache", home.cache().toString());
            Configuration.setUnlessGiven(
                    "darkroom.trainer.work", home.workFolder().resolve("training").toString());
            PoolApplication.RunningApplication application = PoolApplication.launch();
            PoolFile where = where(home, services, application.answering().port());
            where.write(home);
            LOG.info("up: {}", where);
            return new Pool(home, services, application, where);
        } catch (RuntimeException | Error e) {
            if (services == null) {
                lock.close();
            } else {
                services.close();
            }
            throw e;
        }
    }

    /** Where everything listens. */
    public PoolFile where() {
        return where;
    }

    /** Whether it asks for API keys: there were some when it started. */
    public boolean hasKeys() {
        return application.answering().keys();
    }

    /** Waits until it is closed, by whomever. */
    public void awaitEnd() {
        application.awaitEnd();
    }

    /** Stops in the opposite order. A job that was running is given back to the queue. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        PoolFile.remove(home);
        application.stop();
        services.close();
    }

    private static PoolFile where(DarkroomHome home, Services services, int port) {
        PlatformSettings settings = services.settings();
        return new PoolFile(
                ProcessHandle.current().pid(),
                URI.create("http://127.0.0.1:" + port),
                settings.kafka().bootstrapServers(),
                settings.store().endpoint(),
                settings.store().bucket(),
                settings.store().region(),
                services.ownsStore()
                        ? Optional.of(home.credentialsFile().toString())
                        : Optional.empty());
    }
}
