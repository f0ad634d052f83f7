package dev.darkroom.producer.submit;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.job.Deadline;
import dev.darkroom.contract.job.GenerationRequest;
import java.time.Instant;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * A request as it was asked, which is the same however often it is asked: its deadline may be told
 * in seconds from now, and is another moment each time.
 *
 * @param request without a deadline where there are seconds
 * @param expiresIn seconds, 1..{@value Deadline#LONGEST}
 */
public record SubmittedRequest(GenerationRequest request, Optional<Long> expiresIn) {
    /**
     * @throws DarkroomException INVALID_REQUEST where the seconds are out of bounds
     */
    public SubmittedRequest {
        expiresIn.ifPresent(seconds -> Deadline.in(seconds, Instant.EPOCH));
    }

    public static SubmittedRequest of(GenerationRequest request) {
        return new SubmittedRequest(request, Optional.empty());
    }

    /** The same with its request changed. */
    public SubmittedRequest with(UnaryOperator<GenerationRequest> change) {
        return new SubmittedRequest(change.apply(request), expiresIn);
    }

    /** The request with the deadline that it has when it comes now. */
    GenerationRequest at(Instant now) {
        return expiresIn
                .map(seconds -> request.until(Optional.of(Deadline.in(seconds, now))))
                .orElse(request);
    }
}
