package dev.darkroom.producer.status;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What a tenant has asked for.
 *
 * @param open jobs that wait or run
 * @param recent what was accepted lately, in order
 */
public record TenantLoad(int open, List<Asked> recent) {
    /**
     * @param pictures of one job
     */
    public record Asked(Instant at, int pictures) {}

    public TenantLoad {
        recent = recent.stream().sorted(Comparator.comparing(Asked::at)).toList();
    }

    /** Pictures accepted lately. */
    public int pictures() {
        return recent.stream().mapToInt(Asked::pictures).sum();
    }

    /** When that was accepted with which the earliest so many pictures are over. */
    public Optional<Instant> untilFewer(int pictures) {
        int over = 0;
        for (Asked asked : recent) {
            over += asked.pictures();
            if (over >= pictures) {
                return Optional.of(asked.at());
            }
        }
        return Optional.empty();
    }
}
