package dev.darkroom.platform.dispatch;

import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.job.GenerationRequest;
import dev.darkroom.contract.job.Priority;
import java.util.OptionalDouble;

/**
 * What a waiting job asks of the pool.
 *
 * @param work what it costs the pool, in any unit that is the same for all; nothing where that is
 *     not known before it begins
 */
public record Claim(Priority priority, TenantName tenant, OptionalDouble work) {
    /** Of a record that says nothing that can be read. */
    public static final Claim UNKNOWN =
            new Claim(Priority.NORMAL, TenantName.DEFAULT, OptionalDouble.empty());

    public static Claim of(GenerationRequest request) {
        return new Claim(
                request.priority().orElse(Priority.NORMAL),
                request.tenant().orElse(TenantName.DEFAULT),
                request.work());
    }
}
