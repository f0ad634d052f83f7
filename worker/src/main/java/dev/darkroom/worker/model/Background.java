package dev.darkroom.worker.model;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;
import com.sun.jna.Platform;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What may wait for whatever else the machine has to do. */
final class Background {
    private static final Logger LOG = LoggerFactory.getLogger(Background.class);

    /** The lowest there is; a thread may lower itself without any right, and never rise again. */
    private static final int NICENESS = 19;

    private Background() {}

    /**
     * From now on the calling thread runs where processors would idle, and where all are busy has a
     * sixtieth of what another thread has; on Linux, elsewhere nothing changes. Threads that it
     * starts later are like it: what serves jobs, too, must have been started before.
     */
    static void enter() {
        if (!Platform.isLinux()) {
            return;
        }
        try {
            // The process of POSIX is a single thread to Linux: setpriority(2), "BUGS".
            Linux.setpriority(Linux.PRIO_PROCESS, Linux.CALLING_THREAD, NICENESS);
        } catch (LastErrorException | LinkageError e) {
            LOG.warn("checkpoints will be loaded at the priority of jobs", e);
        }
    }

    private static final class Linux {
        static final int PRIO_PROCESS = 0;
        static final int CALLING_THREAD = 0;

        static {
            Native.register(Linux.class, Platform.C_LIBRARY_NAME);
        }

        private Linux() {}

        static native int setpriority(int which, int who, int priority) throws LastErrorException;
    }
}
