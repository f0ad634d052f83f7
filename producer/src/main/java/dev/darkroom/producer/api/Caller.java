package dev.darkroom.producer.api;

import dev.darkroom.contract.access.ApiKey;
import dev.darkroom.contract.access.ApiKeyId;
import dev.darkroom.contract.access.Role;
import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.job.GenerationRequest;
import io.vertx.ext.web.RoutingContext;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * Who asks.
 *
 * @param key nothing where the producer knows no keys and asks nobody who they are
 */
record Caller(TenantName tenant, Set<Role> roles, Optional<ApiKeyId> key) {
    /**
     * Whoever asks a producer without keys: this machine's users, who could do all of it anyway.
     */
    static final Caller ANYONE =
            new Caller(TenantName.DEFAULT, EnumSet.allOf(Role.class), Optional.empty());

    private static final String IN_REQUEST = "darkroom.caller";

    Caller {
        roles = Set.copyOf(roles);
    }

    static Caller of(ApiKey key) {
        return new Caller(key.tenant(), key.roles(), Optional.of(key.id()));
    }

    /** Whose request this is; {@link HttpEdge} lets none pass that has none. */
    static Caller of(RoutingContext request) {
        Caller caller = request.get(IN_REQUEST);
        if (caller == null) {
            throw new DarkroomException(ErrorCode.UNAUTHENTICATED, "nobody asked who this is");
        }
        return caller;
    }

    void attachTo(RoutingContext request) {
        request.put(IN_REQUEST, this);
    }

    /** Whether it has the role, or the one that holds all others. */
    boolean has(Role role) {
        return roles.contains(role) || roles.contains(Role.ADMIN);
    }

    /**
     * @throws DarkroomException FORBIDDEN
     */
    void require(Role role) {
        if (!has(role)) {
            throw new DarkroomException(
                    ErrorCode.FORBIDDEN, "this needs a key with the role " + role);
        }
    }

    /** Whether a tenant's jobs are for it to see. */
    boolean sees(Optional<TenantName> owner) {
        return roles.contains(Role.ADMIN) || owner.filter(tenant::equals).isPresent();
    }

    /**
     * The request as this caller's.
     *
     * @throws DarkroomException FORBIDDEN where it names a tenant that is another's
     */
    GenerationRequest own(GenerationRequest request) {
        TenantName owner = request.tenant().orElse(tenant);
        if (!sees(Optional.of(owner))) {
            throw new DarkroomException(
                    ErrorCode.FORBIDDEN,
                    "the key is of tenant " + tenant + ": leave tenant out, or name that one");
        }
        return request.by(owner);
    }
}
