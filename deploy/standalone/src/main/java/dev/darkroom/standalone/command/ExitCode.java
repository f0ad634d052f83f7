package dev.darkroom.standalone.command;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.Disposition;

/** What the process says when it ends. */
final class ExitCode {
    static final int OK = 0;

    /** The job or the pool failed. */
    static final int FAILURE = 1;

    /** Something about the command, the request or the input must change. */
    static final int USAGE = 2;

    private ExitCode() {}

    static int of(Throwable failure) {
        return failure instanceof DarkroomException known
                        && known.code().disposition() == Disposition.USER
                ? USAGE
                : FAILURE;
    }
}
