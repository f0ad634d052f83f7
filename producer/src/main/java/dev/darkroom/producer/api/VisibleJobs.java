package dev.darkroom.producer.api;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.producer.status.JobDirectory;
import dev.darkroom.producer.status.JobState;
import io.vertx.ext.web.RoutingContext;

/** Jobs by the ids in paths, for those whose business they are. */
public final class VisibleJobs {
    private final JobDirectory directory;

    public VisibleJobs(JobDirectory directory) {
        this.directory = directory;
    }

    /**
     * The job, where it is for the caller to see.
     *
     * @throws DarkroomException {@link ErrorCode#UNKNOWN_JOB}; another tenant's is not there
     */
    JobState require(String id, RoutingContext http) {
        JobState state = directory.require(parse(id));
        if (!Caller.of(http).sees(state.tenant())) {
            throw JobDirectory.unknown(state.id());
        }
        return state;
    }

    private static JobId parse(String id) {
        if (!JobId.isValid(id)) {
            throw new DarkroomException(
                    ErrorCode.UNKNOWN_JOB, "no job has such an id: ids are UUIDs in lower case");
        }
        return new JobId(id);
    }
}
