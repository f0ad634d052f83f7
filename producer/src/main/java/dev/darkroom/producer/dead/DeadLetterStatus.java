package dev.darkroom.producer.dead;

import dev.darkroom.platform.kafka.DeadLetter;
import java.util.Optional;

/**
 * A dead letter and what became of it.
 *
 * @param mark none: it is open
 * @param obstacle why its record can never be a job again; none: it can be redriven
 */
public record DeadLetterStatus(
        DeadLetter letter, Optional<DeadLetter.Mark> mark, Optional<String> obstacle) {
    public boolean isOpen() {
        return mark.isEmpty();
    }

    /** As in {@code open}. */
    public String state() {
        return mark.map(made -> made.redrivenAs().isPresent() ? "redriven" : "dropped")
                .orElse("open");
    }
}
