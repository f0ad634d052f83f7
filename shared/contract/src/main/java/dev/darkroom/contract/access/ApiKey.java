package dev.darkroom.contract.access;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * What a pool keeps of an API key: enough to know it again, not enough to use it.
 *
 * @param sha256 of the secret, in hexadecimal. The secret has 256 random bits, so that a slow or
 *     salted hash would protect nothing more
 * @param note what it is for, at most 100 characters
 */
public record ApiKey(
        ApiKeyId id,
        TenantName tenant,
        Set<Role> roles,
        String sha256,
        Instant createdAt,
        Optional<String> note) {
    private static final int LONGEST_NOTE = 100;

    public ApiKey {
        if (roles.isEmpty()) {
            throw new DarkroomException(
                    ErrorCode.INVALID_REQUEST, "a key needs a role: submit, read or admin");
        }
        if (note.filter(text -> text.length() > LONGEST_NOTE).isPresent()) {
            throw new DarkroomException(
                    ErrorCode.INVALID_REQUEST,
                    "a key's note has at most " + LONGEST_NOTE + " characters");
        }
        roles = java.util.Collections.unmodifiableSet(EnumSet.copyOf(roles));
    }
}
