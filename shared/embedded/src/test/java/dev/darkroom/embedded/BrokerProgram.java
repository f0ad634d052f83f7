package dev.darkroom.embedded;

import java.io.IOException;
import java.nio.file.Path;

/** A program that starts a broker, writes one record, says so, and waits to be killed. */
final class BrokerProgram {
    private BrokerProgram() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        EmbeddedBroker broker = EmbeddedBroker.start(Path.of(arguments[0]), 0);
        Records.write(broker, "written before the kill");
        System.out.println("WRITTEN");
        Thread.currentThread().join();
    }
}
