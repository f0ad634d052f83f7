package dev.darkroom.producer.api;

import dev.darkroom.contract.job.JobId;
import dev.darkroom.producer.status.JobState;
import dev.darkroom.producer.status.JobStatus;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Where the rest of a job is, as paths on this server.
 *
 * @param preview how far its pictures are; until it has ended
 * @param images one per picture, in order; none where there will be none
 */
record JobLinks(String self, String events, Optional<String> preview, List<String> images) {
    static JobLinks of(JobState state) {
        String self = self(state.id());
        boolean hopeless = state.end().isPresent() && state.status() != JobStatus.SUCCEEDED;
        int pictures = hopeless ? 0 : state.count();
        return new JobLinks(
                self,
                self + "/events",
                state.end().isPresent() ? Optional.empty() : Optional.of(self + "/preview"),
                IntStream.range(0, pictures).mapToObj(index -> image(state.id(), index)).toList());
    }

    static String self(JobId id) {
        return "/v1/jobs/" + id;
    }

    static String image(JobId id, int index) {
        return self(id) + "/images/" + index;
    }
}
