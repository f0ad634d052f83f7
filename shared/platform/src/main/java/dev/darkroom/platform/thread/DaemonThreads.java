package dev.darkroom.platform.thread;

import java.util.concurrent.ThreadFactory;

/** Threads that keep no process from ending. */
public final class DaemonThreads {
    private DaemonThreads() {}

    /** All of one name: for executors of one thread. */
    public static ThreadFactory named(String name) {
        return task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        };
    }
}
