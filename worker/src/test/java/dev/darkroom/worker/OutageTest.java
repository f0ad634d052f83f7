package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.Priority;
import dev.darkroom.contract.job.SamplerName;
import dev.darkroom.embedded.EmbeddedBroker;
import dev.darkroom.embedded.EmbeddedStore;
import dev.darkroom.testing.EmbeddedStack;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A worker whose broker and store go away and come back. */
class OutageTest {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @TempDir private Path folder;

    @Test
    void jobsSurviveAStoreAndABrokerThatGoAway() throws IOException {
        EmbeddedBroker broker = startBroker(0);
        EmbeddedStore store = startStore(0);
        URI endpoint = store.endpoint();
        int brokerPort = Integer.parseInt(broker.bootstrapServers().split(":")[1]);
        try (PoolFixture pool = PoolFixture.on(broker.bootstrapServers(), endpoint);
                Worker worker = pool.worker("survivor", 1, folder.resolve("cache"))) {
            worker.start();
            Await.until(worker::isReady);

            store.close();
            GenerationJob withoutStore = job(5);
            pool.publisher.submit(withoutStore, Optional.empty());
            Await.until(() -> pool.storeFailures.get() > 0);
            store = startStore(endpoint.getPort());
            assertSucceeds(pool, withoutStore.id());
            assertThat(pool.result(withoutStore.id()).orElseThrow().attempt()).isEqualTo(2);

            GenerationJob withoutBroker = job(500);
            pool.publisher.submit(withoutBroker, Optional.empty());
            Await.until(() -> !pool.events(withoutBroker.id()).isEmpty());
            broker.close();
            broker = startBroker(brokerPort);
            assertSucceeds(pool, withoutBroker.id());
            assertThat(pool.result(withoutBroker.id())).isPresent();
        } finally {
            store.close();
            broker.close();
        }
    }

    private static void assertSucceeds(PoolFixture pool, JobId job) {
        Await.until(PATIENCE, () -> !pool.events(job, JobEvent.Succeeded.class).isEmpty());
        assertThat(pool.events(job, JobEvent.Failed.class)).isEmpty();
    }

    private EmbeddedBroker startBroker(int port) throws IOException {
        return EmbeddedBroker.start(folder.resolve("kafka"), port, EmbeddedStack.BROKER_SETTINGS);
    }

    private EmbeddedStore startStore(int port) throws IOException {
        return EmbeddedStore.start(
                folder.resolve("store"), port, EmbeddedStack.ACCESS_KEY, EmbeddedStack.SECRET_KEY);
    }

    private static GenerationJob job(int steps) {
        return new GenerationJob(
                JobId.of(UUID.randomUUID()),
                TenantName.DEFAULT,
                "a blue coat",
                "",
                Jobs.MODEL,
                Optional.empty(),
                32,
                32,
                steps,
                SamplerName.EULER,
                3,
                5,
                1,
                Priority.NORMAL,
                Optional.empty());
    }
}
