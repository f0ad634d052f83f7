package dev.darkroom.platform.wiring;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** What a process is called where nobody has named it. */
public final class ProcessName {
    private ProcessName() {}

    /**
     * The host's name and the process's number, as in {@code host-4711}.
     *
     * @param otherwise in place of a host's name that cannot be found
     */
    public static String ofHost(String otherwise) {
        String host;
        try {
            host = InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            host = otherwise;
        }
        return host + "-" + ProcessHandle.current().pid();
    }
}
