package dev.darkroom.producer.key;

import dev.darkroom.contract.access.ApiKey;
import dev.darkroom.contract.access.ApiKeyId;
import dev.darkroom.contract.access.Role;
import dev.darkroom.contract.access.TenantName;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * A key as those see it who look after keys: without its hash.
 *
 * @param secret told once, to who made it
 */
public record KeyView(
        ApiKeyId id,
        TenantName tenant,
        Set<Role> roles,
        Instant createdAt,
        Optional<String> note,
        Optional<String> secret) {
    public static KeyView of(ApiKey key) {
        return new KeyView(
                key.id(), key.tenant(), key.roles(), key.createdAt(), key.note(), Optional.empty());
    }

    public static KeyView of(ApiKeys.Created created) {
        ApiKey key = created.key();
        return new KeyView(
                key.id(),
                key.tenant(),
                key.roles(),
                key.createdAt(),
                key.note(),
                Optional.of(created.secret()));
    }

    /** Leaves out the secret. */
    @Override
    public String toString() {
        return "KeyView[" + id + "]";
    }
}
