package dev.darkroom.producer;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.producer.api.Loopback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where the service may listen: without keys to tell callers apart, on loopback only. */
final class HttpHost {
    private static final Logger LOG = LoggerFactory.getLogger(HttpHost.class);

    private HttpHost() {}

    /**
     * Says who is let in.
     *
     * @param keys whether there are API keys
     * @throws DarkroomException MISCONFIGURED where anyone would be, from anywhere
     */
    static void check(String host, boolean keys) {
        if (keys) {
            LOG.info("Answers on {} those who have an API key", host);
        } else if (Loopback.isHost(host)) {
            LOG.info(
                    "There are no API keys: answers anyone on this machine, and only on the loopback"
                            + " interface ({})",
                    host);
        } else {
            throw new DarkroomException(
                    ErrorCode.MISCONFIGURED,
                    "quarkus.http.host is "
                            + host
                            + " and there are no API keys: anyone who reaches it could do anything."
                            + " Make a key with 'darkroom keys create --tenant NAME --role admin',"
                            + " or leave the host at 127.0.0.1");
        }
    }
}
