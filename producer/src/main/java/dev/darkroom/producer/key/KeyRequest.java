package dev.darkroom.producer.key;

import dev.darkroom.contract.access.Role;
import dev.darkroom.contract.access.TenantName;
import java.util.Optional;
import java.util.Set;

/**
 * Asks for a key.
 *
 * @param note what it is for
 */
public record KeyRequest(TenantName tenant, Set<Role> roles, Optional<String> note) {}
