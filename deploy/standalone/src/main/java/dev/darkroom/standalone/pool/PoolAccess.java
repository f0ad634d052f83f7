package dev.darkroom.standalone.pool;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.standalone.client.PoolClient;
import dev.darkroom.standalone.home.DarkroomHome;
import dev.darkroom.standalone.home.HomeLock;
import dev.darkroom.standalone.home.PoolFile;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/** A pool that answers, and how to leave it: one that was started for the caller is stopped. */
public final class PoolAccess implements AutoCloseable {
    private static final Duration STARTING = Duration.ofSeconds(90);
    private static final Duration PAUSE = Duration.ofMillis(200);

    private final PoolClient client;
    private final Optional<Pool> own;

    private PoolAccess(PoolClient client, Optional<Pool> own) {
        this.client = client;
        this.own = own;
    }

    /** A pool by its address, which nobody here started. */
    public static PoolAccess at(PoolClient client) {
        return new PoolAccess(client, Optional.empty());
    }

    /**
     * The pool that is up on a home, where one answers.
     *
     * @param apiKey sent with every request
     */
    public static Optional<PoolAccess> find(DarkroomHome home, Optional<String> apiKey) {
        return PoolFile.read(home)
                .filter(PoolFile::isAlive)
                .map(file -> new PoolClient(file.http(), apiKey))
                .filter(PoolClient::isUp)
                .map(PoolAccess::at);
    }

    /**
     * The pool that is up on a home, or else one that is started in this process. Waits for one
     * that another process is starting or stopping just now.
     *
     * @param trains whether a pool that is started here also takes trainings that wait
     * @param apiKey sent with every request
     * @param progress is told what is going on
     */
    public static PoolAccess findOrStart(
            DarkroomHome home, boolean trains, Optional<String> apiKey, Consumer<String> progress) {
        home.create();
        Configuration.setUnlessGiven("darkroom.trainer.enabled", Boolean.toString(trains));
        long deadline = System.nanoTime() + STARTING.toNanos();
        while (true) {
            Optional<PoolAccess> found = find(home, apiKey);
            if (found.isPresent()) {
                return found.get();
            }
            Optional<HomeLock> lock = HomeLock.tryAcquire(home);
            if (lock.isPresent()) {
                Pool pool = Pool.start(home, lock.get(), PoolPorts.any(), progress);
                return new PoolAccess(
                        new PoolClient(pool.where().http(), apiKey), Optional.of(pool));
            }
            progress.accept("waiting for the process that holds " + home);
            pauseUntil(deadline, home);
        }
    }

    private static void pauseUntil(long deadline, DarkroomHome home) {
        if (System.nanoTime() > deadline) {
            throw new DarkroomException(
                    ErrorCode.NOT_READY,
                    "another process holds "
                            + home
                            + " and no pool answers there"
                            + PoolFile.read(home)
                                    .map(file -> " (process " + file.pid() + ")")
                                    .orElse(""));
        }
        try {
            Thread.sleep(PAUSE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DarkroomException(ErrorCode.NOT_READY, "interrupted", e);
        }
    }

    public PoolClient client() {
        return client;
    }

    @Override
    public void close() {
        own.ifPresent(Pool::close);
    }
}
