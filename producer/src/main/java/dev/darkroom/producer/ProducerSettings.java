package dev.darkroom.producer;

import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.producer.submit.Quotas;
import dev.darkroom.producer.webhook.WebhookEndpoint;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Settings of this service alone; {@code darkroom.default-model} belongs to the whole pool. */
@ConfigMapping(prefix = ProducerSettings.PREFIX)
public interface ProducerSettings {
    String PREFIX = "darkroom.producer";

    /**
     * Jobs kept in memory; the bucket answers for finished ones beyond, and of unfinished ones four
     * times as many are known, without their prompts.
     */
    @WithDefault("20000")
    int rememberedJobs();

    /** Time between comments on an idle event stream. */
    @WithDefault("15s")
    Duration heartbeat();

    /** Who is told when a job ends, of tenants that have no webhook of their own. */
    Webhook webhook();

    /** Of single tenants, by their names. */
    Map<String, Endpoint> webhooks();

    /** A webhook as Standard Webhooks 1.0.0 has them. */
    interface Endpoint {
        /** Where to; none, and no secret: nobody is told, or of a tenant the one for all. */
        Optional<String> url();

        /** {@code whsec_...}; during an exchange the new one first, then the old one. */
        Optional<List<String>> secret();

        /**
         * @param setting what it is below, as in {@code darkroom.producer.webhook}
         * @throws DarkroomException MISCONFIGURED
         */
        default Optional<WebhookEndpoint> parsed(String setting) {
            if (url().isEmpty() && secret().isPresent()) {
                throw misconfigured(setting + ".secret", "there is no " + setting + ".url");
            }
            try {
                return url().map(url -> WebhookEndpoint.of(url, secret().orElse(List.of())));
            } catch (DarkroomException e) {
                throw misconfigured(setting, e.reason());
            }
        }
    }

    /** The webhook for all, and what holds for every tenant's. */
    interface Webhook extends Endpoint {
        /** Whether addresses may be of this machine or of a private network. */
        @WithDefault("false")
        boolean allowPrivate();
    }

    /** Time after which an API key that was made or revoked elsewhere is seen here. */
    @WithDefault("5s")
    Duration keysRefresh();

    /** Time for which an idempotency key is kept, at least. */
    @WithDefault("24h")
    Duration idempotency();

    /** Of every tenant that has none of its own. */
    Quota quota();

    /** Of single tenants, by their names; what one leaves out is as for all. */
    Map<String, Quota> quotas();

    /** Limits of a tenant; none that is not set. */
    interface Quota {
        /** Jobs waiting or running at once. */
        OptionalInt jobs();

        /** Pictures asked for within any minute. */
        OptionalInt picturesPerMinute();
    }

    /**
     * The webhooks of single tenants.
     *
     * @throws DarkroomException MISCONFIGURED, also where a name is no tenant's
     */
    default Map<String, WebhookEndpoint> ownWebhooks() {
        Map<String, WebhookEndpoint> own = new HashMap<>();
        webhooks()
                .forEach(
                        (tenant, webhook) -> {
                            String setting = PREFIX + ".webhooks." + tenant;
                            requireTenant(tenant, setting);
                            webhook.parsed(setting).ifPresent(to -> own.put(tenant, to));
                        });
        return own;
    }

    /**
     * @throws DarkroomException MISCONFIGURED where limits are set of what is no tenant: they would
     *     be nobody's
     */
    default void requireQuotasOfTenants() {
        quotas().keySet().forEach(tenant -> requireTenant(tenant, PREFIX + ".quotas." + tenant));
    }

    private static void requireTenant(String name, String setting) {
        try {
            TenantName unused = new TenantName(name);
        } catch (DarkroomException e) {
            throw misconfigured(setting, e.reason());
        }
    }

    private static DarkroomException misconfigured(String setting, String why) {
        return new DarkroomException(ErrorCode.MISCONFIGURED, setting + ": " + why);
    }

    default Quotas.Limits limits(TenantName tenant) {
        Quota own = quotas().getOrDefault(tenant.value(), quota());
        return new Quotas.Limits(
                own.jobs().isPresent() ? own.jobs() : quota().jobs(),
                own.picturesPerMinute().isPresent()
                        ? own.picturesPerMinute()
                        : quota().picturesPerMinute());
    }
}
