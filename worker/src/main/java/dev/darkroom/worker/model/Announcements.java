package dev.darkroom.worker.model;

import dev.darkroom.contract.event.CheckpointEvent;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.LinkedBlockingDeque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Events that are kept until they could be told: a broker that is away holds up no swap. */
final class Announcements {
    private static final Logger LOG = LoggerFactory.getLogger(Announcements.class);
    private static final int MOST = 1000;

    private final Swapper.Teller teller;
    private final BlockingDeque<CheckpointEvent> untold = new LinkedBlockingDeque<>(MOST);

    Announcements(Swapper.Teller teller) {
        this.teller = teller;
    }

    void add(CheckpointEvent event) {
        if (!untold.offerLast(event)) {
            LOG.warn("too many events wait to be told, lost: {}", event);
        }
    }

    /**
     * Tells them in order; for one thread.
     *
     * @return whether none is left
     */
    boolean flush() {
        for (CheckpointEvent next = untold.peekFirst(); next != null; next = untold.peekFirst()) {
            try {
                teller.tell(next);
            } catch (RuntimeException e) {
                LOG.warn("cannot tell that a checkpoint was {}, tries again", next.type(), e);
                return false;
            }
            untold.pollFirst();
        }
        return true;
    }
}
