package dev.darkroom.producer.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.contract.access.Role;
import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.producer.LogCapture;
import dev.darkroom.producer.MemoryStore;
import dev.darkroom.producer.key.ApiKeys;
import dev.darkroom.producer.key.KeyRequest;
import dev.darkroom.producer.key.KeyRing;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AuthenticationTest {
    private static final Duration EVER = Duration.ofHours(1);

    private final ApiKeys keys = new ApiKeys(new MemoryStore(), Clock.systemUTC());

    @Test
    void withoutKeysAnyoneIsLetInWhereNobodyElseReachesIt() {
        try (KeyRing ring = open()) {
            assertThat(new Authentication(ring, true).of(null)).contains(Caller.ANYONE);
            assertThat(new Authentication(ring, false).of(null)).isEmpty();
        }
    }

    @Test
    void whoHadKeysLetsNobodyInWithoutOneAnyMore() {
        try (KeyRing ring = open()) {
            loseTheKeys(ring);
        }
    }

    @Test
    void whoBeganWithKeysLetsNobodyInWithoutOneAnyMore() {
        ApiKeys.Created made = make();
        try (KeyRing ring = open()) {
            assertThat(new Authentication(ring, true).of("Bearer " + made.secret())).isPresent();
            keys.revoke(made.key().id());
            loseTheKeys(ring);
        }
    }

    @Test
    void aKeyThatCannotBeReadShutsTheDoorToo() {
        MemoryStore store = new MemoryStore();
        try (KeyRing ring = KeyRing.open(new ApiKeys(store, Clock.systemUTC()), EVER)) {
            new ApiKeys(store, Clock.systemUTC())
                    .create(
                            new KeyRequest(
                                    new TenantName("acme"), Set.of(Role.ADMIN), Optional.empty()));
            store.fail();
            assertThatThrownBy(ring::refresh).isInstanceOf(DarkroomException.class);

            assertThat(new Authentication(ring, true).of(null)).isEmpty();
        }
    }

    private void loseTheKeys(KeyRing ring) {
        Authentication authentication = new Authentication(ring, true);
        ApiKeys.Created made = make();
        ring.refresh();
        assertThat(authentication.of(null)).isEmpty();
        keys.revoke(made.key().id());
        try (LogCapture log = new LogCapture("dev.darkroom.producer.key")) {
            ring.refresh();
            ring.refresh();
            assertThat(log.lines()).singleElement().asString().contains("darkroom keys create");
        }

        assertThat(authentication.of(null)).isEmpty();
        assertThat(authentication.of("Bearer " + made.secret())).isEmpty();

        ApiKeys.Created next = make();
        ring.refresh();
        assertThat(authentication.of("Bearer " + next.secret())).isPresent();
        assertThat(authentication.of(null)).isEmpty();
    }

    private ApiKeys.Created make() {
        return keys.create(
                new KeyRequest(new TenantName("acme"), Set.of(Role.ADMIN), Optional.empty()));
    }

    private KeyRing open() {
        return KeyRing.open(keys, EVER);
    }
}
