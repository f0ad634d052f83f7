package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.SamplerName;
import dev.darkroom.embedded.EmbeddedBroker;
import dev.darkroom.embedded.EmbeddedStore;
import dev.darkroom.platform.kafka.PoolTopology;
import dev.darkroom.platform.objectstore.MinioObjectStore;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.platform.wiring.PlatformSettings;
import dev.darkroom.testing.Certificates;
import dev.darkroom.testing.EmbeddedStack;
import dev.darkroom.testing.TlsProxy;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * A broker that asks for a password inside TLS and a store behind TLS, both with certificates that
 * only the configuration makes trusted.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SecureTransportTest {
    private static final String PASSWORD = "correct-horse";

    private Path folder = Path.of("");
    private Certificates certificates;
    private Path strangers;
    private EmbeddedBroker broker;
    private EmbeddedStore store;
    private TlsProxy proxy;

    @BeforeAll
    void start(@TempDir Path temporary) throws IOException {
        folder = temporary;
        certificates = Certificates.make(folder);
        strangers = Certificates.make(Files.createDirectory(folder.resolve("x"))).authority();
        broker = EmbeddedBroker.start(folder.resolve("kafka"), 0, brokerSettings());
        store =
                EmbeddedStore.start(
                        folder.resolve("store"),
                        0,
                        EmbeddedStack.ACCESS_KEY,
                        EmbeddedStack.SECRET_KEY);
        proxy = TlsProxy.start(store.endpoint(), certificates);
    }

    @AfterAll
    void stop() throws IOException {
        proxy.close();
        broker.close();
        store.close();
    }

    /** The listener's name stays; what is spoken on it changes. */
    private Map<String, String> brokerSettings() {
        String listener = "listener.name.plaintext.";
        Map<String, String> settings = new HashMap<>(EmbeddedStack.BROKER_SETTINGS);
        settings.put("listener.security.protocol.map", "PLAINTEXT:SASL_SSL,CONTROLLER:PLAINTEXT");
        // The broker's own clients speak as the listener that is named here.
        settings.put("inter.broker.listener.name", "PLAINTEXT");
        settings.put("sasl.enabled.mechanisms", "PLAIN");
        settings.put("sasl.mechanism.inter.broker.protocol", "PLAIN");
        settings.put(
                listener + "plain.sasl.jaas.config",
                "org.apache.kafka.common.security.plain.PlainLoginModule required"
                        + " username=\"broker\" password=\"b\" user_broker=\"b\" user_darkroom=\""
                        + PASSWORD
                        + "\";");
        settings.put(listener + "ssl.keystore.type", "PKCS12");
        settings.put(listener + "ssl.keystore.location", certificates.server().toString());
        settings.put(listener + "ssl.keystore.password", Certificates.PASSWORD);
        settings.put(listener + "ssl.key.password", Certificates.PASSWORD);
        settings.put(listener + "ssl.truststore.type", "PEM");
        settings.put(listener + "ssl.truststore.location", certificates.authority().toString());
        return settings;
    }

    /** As an operator writes it. */
    private PlatformSettings settings(String password, Path authorities) {
        String kafka = "darkroom.kafka.properties.";
        return PlatformSettings.from(
                new SmallRyeConfigBuilder()
                        .withSources(
                                new PropertiesConfigSource(
                                        Map.of(
                                                "darkroom.kafka.bootstrap-servers",
                                                broker.bootstrapServers(),
                                                "darkroom.kafka.lock-seconds",
                                                "" + PoolFixture.LOCK_SECONDS,
                                                kafka + "security.protocol",
                                                "SASL_SSL",
                                                kafka + "sasl.mechanism",
                                                "PLAIN",
                                                kafka + "sasl.jaas.config",
                                                "org.apache.kafka.common.security.plain"
                                                        + ".PlainLoginModule required"
                                                        + " username=\"darkroom\" password=\""
                                                        + password
                                                        + "\";",
                                                kafka + "ssl.truststore.type",
                                                "PEM",
                                                kafka + "ssl.truststore.location",
                                                authorities.toString(),
                                                "darkroom.store.endpoint",
                                                proxy.endpoint().toString(),
                                                "darkroom.store.certificates",
                                                authorities.toString()),
                                        "test",
                                        1),
                                new PropertiesConfigSource(
                                        Map.of(
                                                "darkroom.store.access-key",
                                                EmbeddedStack.ACCESS_KEY,
                                                "darkroom.store.secret-key",
                                                EmbeddedStack.SECRET_KEY),
                                        "keys",
                                        1))
                        .build());
    }

    @Test
    void aWholeJobGoesThroughPasswordsAndTls() {
        GenerationJob job =
                Jobs.job(JobId.of(UUID.randomUUID()), "secret", "", SamplerName.EULER, 4, 1);
        try (PoolFixture pool = PoolFixture.on(settings(PASSWORD, certificates.authority()));
                Worker worker = pool.worker("secure", 1, folder.resolve("cache"))) {
            worker.start();
            pool.publisher.submit(job, Optional.empty());
            assertThat(pool.awaitEnd(job.id())).isInstanceOf(JobEvent.Succeeded.class);
            assertThat(pool.result(job.id()).orElseThrow().images())
                    .allSatisfy(image -> assertThat(pool.store.find(image.key())).isPresent());
        }
    }

    @Test
    void aWrongPasswordIsRefusedAndNotTold() {
        String wrong = "battery-staple";
        DarkroomException refusal = brokerRefusal(settings(wrong, certificates.authority()));
        assertThat(refusal.code()).isEqualTo(ErrorCode.MISCONFIGURED);
        assertThat(refusal.reason())
                .contains(broker.bootstrapServers(), "password", "sasl.jaas.config");
        assertThat(traceOf(refusal)).doesNotContain(wrong, PASSWORD);
    }

    @Test
    void anUntrustedBrokerIsRefused() {
        DarkroomException refusal = brokerRefusal(settings(PASSWORD, strangers));
        assertThat(refusal.code()).isEqualTo(ErrorCode.MISCONFIGURED);
        assertThat(refusal.reason())
                .contains(broker.bootstrapServers(), "no trusted TLS connection", "truststore");
        assertThat(traceOf(refusal)).doesNotContain(PASSWORD);
    }

    @Test
    void anUntrustedStoreIsRefused() {
        try (ObjectStore bucket = new MinioObjectStore(settings(PASSWORD, strangers).store())) {
            DarkroomException refusal =
                    catchThrowableOfType(DarkroomException.class, bucket::ensureBucket);
            assertThat(refusal.code()).isEqualTo(ErrorCode.MISCONFIGURED);
            assertThat(refusal.reason())
                    .contains(
                            proxy.endpoint().toString(),
                            "no trusted TLS connection",
                            "darkroom.store.certificates");
            assertThat(traceOf(refusal)).doesNotContain(EmbeddedStack.SECRET_KEY);
        }
    }

    @Test
    void aFileWithoutCertificatesIsToldByName() throws IOException {
        Path empty = Files.writeString(folder.resolve("empty.pem"), "none");
        DarkroomException refusal =
                catchThrowableOfType(
                        DarkroomException.class,
                        () -> new MinioObjectStore(settings(PASSWORD, empty).store()));
        assertThat(refusal.code()).isEqualTo(ErrorCode.MISCONFIGURED);
        assertThat(refusal.reason()).contains("darkroom.store.certificates", empty.toString());
    }

    private static DarkroomException brokerRefusal(PlatformSettings settings) {
        return catchThrowableOfType(
                DarkroomException.class, () -> PoolTopology.ensure(settings.kafka()));
    }

    private static String traceOf(Throwable failure) {
        java.io.StringWriter text = new java.io.StringWriter();
        failure.printStackTrace(new java.io.PrintWriter(text));
        return text.toString();
    }
}
