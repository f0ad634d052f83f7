package dev.darkroom.producer.dead;

import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.Disposition;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.platform.kafka.DeadLetter;
import dev.darkroom.platform.lease.Lease;
import dev.darkroom.platform.lease.Leases;
import dev.darkroom.producer.submit.ModelCatalog;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Redrives and drops dead letters.
 *
 * <p>The job is put on the queue first, then the letter is marked: a producer that dies between
 * leaves the letter open. Who comes next finds the job, whose id is a function of the letter, and
 * only marks. A job must not be on the queue twice, since the second could succeed after the first
 * has failed; so one producer at a time does this, under a lease, and looks before it writes.
 */
public final class DeadLetterDesk {
    private static final Logger LOG = LoggerFactory.getLogger(DeadLetterDesk.class);
    private static final Duration ASK_AGAIN = Duration.ofMillis(500);

    private final DeadLetterBoard board;
    private final DeadLetterQueue queue;
    private final Leases leases;
    private final Duration patience;
    private final Predicate<JobId> known;
    private final Acceptance acceptance;

    /**
     * What makes a redriven job one of the pool's.
     *
     * @param defaultModel of jobs that name none
     */
    public record Acceptance(ModelCatalog catalog, ModelName defaultModel, Clock clock) {}

    /**
     * What became of a letter that was asked for.
     *
     * @param redrivenAs the job on the queue
     * @param refusal why nothing was done
     */
    public record Outcome(String id, Optional<JobId> redrivenAs, Optional<String> refusal) {
        static Outcome refused(String id, DarkroomException why) {
            return new Outcome(id, Optional.empty(), Optional.of(why.reason()));
        }
    }

    /**
     * @param patience how long to wait for another producer's lease; more than its time to live, or
     *     a producer that died is never followed
     * @param known whether anything was heard of a job, up to now
     */
    public DeadLetterDesk(
            DeadLetterBoard board,
            DeadLetterQueue queue,
            Leases leases,
            Duration patience,
            Predicate<JobId> known,
            Acceptance acceptance) {
        this.board = board;
        this.queue = queue;
        this.leases = leases;
        this.patience = patience;
        this.known = known;
        this.acceptance = acceptance;
    }

    public List<Outcome> redrive(List<String> names) {
        return each(names, this::redrive);
    }

    public List<Outcome> drop(List<String> names) {
        return each(names, this::drop);
    }

    /** One after the other, in this process as among processes. */
    private synchronized List<Outcome> each(
            List<String> names, Function<DeadLetterStatus, Optional<JobId>> change) {
        List<Outcome> outcomes = new ArrayList<>();
        try (Lease lease = acquire()) {
            for (String name : names) {
                if (!lease.isHeld()) {
                    lease.requireHeld();
                }
                outcomes.add(outcome(name, change));
            }
        } catch (DarkroomException e) {
            if (outcomes.isEmpty()) {
                throw e;
            }
            // Who asked must learn what was done before.
            names.stream()
                    .skip(outcomes.size())
                    .map(name -> Outcome.refused(name, e))
                    .forEach(outcomes::add);
        }
        return outcomes;
    }

    /** One letter that cannot be does not keep the others from it; a queue that is away does. */
    private Outcome outcome(String name, Function<DeadLetterStatus, Optional<JobId>> change) {
        try {
            return new Outcome(name, change.apply(board.require(name)), Optional.empty());
        } catch (DarkroomException e) {
            if (e.code().disposition() == Disposition.TRANSIENT) {
                throw e;
            }
            if (e.code().disposition() == Disposition.PERMANENT) {
                LOG.warn("dead letter {} stays as it is", name, e);
            }
            return Outcome.refused(name, e);
        }
    }

    private Optional<JobId> redrive(DeadLetterStatus status) {
        DeadLetter letter = status.letter();
        if (status.mark().isPresent()) {
            Optional<JobId> before = status.mark().get().redrivenAs();
            if (before.isEmpty()) {
                throw refused("it was dropped");
            }
            return before;
        }
        Redrive redrive = Redrive.of(letter);
        if (!isKnown(redrive.job())) {
            ModelName model = redrive.request().model().orElse(acceptance.defaultModel());
            GenerationJob job =
                    redrive.request()
                            .resolve(
                                    redrive.job(),
                                    model,
                                    acceptance
                                            .catalog()
                                            .require(
                                                    model,
                                                    redrive.request().version(),
                                                    redrive.job()));
            queue.redrive(letter, redrive.job(), redrive.value());
            announce(letter, job);
        }
        mark(letter.name(), Optional.of(redrive.job()));
        LOG.info("dead letter {} is on the queue again as {}", letter.name(), redrive.job());
        return Optional.of(redrive.job());
    }

    /** Letters of one name are of one job: what becomes of it becomes of all. */
    private void mark(String name, Optional<JobId> redrivenAs) {
        board.named(name).stream()
                .filter(DeadLetterStatus::isOpen)
                .forEach(open -> queue.mark(open.letter(), redrivenAs));
    }

    private boolean isKnown(JobId job) {
        return known.test(job)
                || board.latest().stream()
                        .anyMatch(other -> other.letter().job().equals(Optional.of(job)));
    }

    private void announce(DeadLetter letter, GenerationJob job) {
        try {
            queue.tell(letter, new JobEvent.Accepted(job.id(), acceptance.clock().instant(), job));
        } catch (DarkroomException e) {
            LOG.warn("Job {} is on the queue, its event is not: {}", job.id(), e.reason());
        }
    }

    private Optional<JobId> drop(DeadLetterStatus status) {
        Optional<JobId> redriven = status.mark().flatMap(DeadLetter.Mark::redrivenAs);
        if (redriven.isPresent()) {
            throw refused("it was redriven as " + redriven.get());
        }
        if (status.isOpen()) {
            mark(status.letter().name(), Optional.empty());
            LOG.info("dead letter {} is dropped", status.letter().name());
        }
        return Optional.empty();
    }

    private static DarkroomException refused(String why) {
        return new DarkroomException(ErrorCode.INVALID_REQUEST, why);
    }

    private Lease acquire() {
        long start = System.nanoTime();
        while (true) {
            Optional<Lease> lease = leases.tryAcquire(ObjectKeys.deadLettersLease());
            if (lease.isPresent()) {
                return lease.get();
            }
            if (System.nanoTime() - start > patience.toNanos()) {
                throw new DarkroomException(
                        ErrorCode.NOT_READY, "another producer is at the dead letters");
            }
            try {
                TimeUnit.MILLISECONDS.sleep(ASK_AGAIN.toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new DarkroomException(ErrorCode.NOT_READY, "interrupted", e);
            }
        }
    }
}
