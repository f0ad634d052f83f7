package dev.darkroom.standalone.command;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.standalone.home.DarkroomHome;
import dev.darkroom.standalone.home.HomeLock;
import dev.darkroom.standalone.home.PoolFile;
import dev.darkroom.standalone.pool.Pool;
import dev.darkroom.standalone.pool.PoolPorts;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "up",
        description = {
            "Starts a pool and keeps it serving until Ctrl-C or SIGTERM.",
            "Queue and pictures stay in the home folder and are there again at the next start."
        },
        footerHeading = "%nExample:%n",
        footer = "  darkroom up --port 8080")
final class UpCommand implements Callable<Integer> {
    private final Interruption interruption;

    @Mixin private final Invocation invocation;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            description =
                    "Port of the HTTP API on 127.0.0.1; 0 for any. Default: QUARKUS_HTTP_PORT, or"
                            + " 8080.")
    private Optional<Integer> port = Optional.empty();

    @Option(
            names = "--kafka-port",
            paramLabel = "PORT",
            description = "Port of the broker; 0 for any. Default: 9092 if free, else any.")
    private Optional<Integer> kafkaPort = Optional.empty();

    @Option(
            names = "--s3-port",
            paramLabel = "PORT",
            description = "Port of the store; 0 for any. Default: 9000 if free, else any.")
    private Optional<Integer> s3Port = Optional.empty();

    UpCommand(Invocation invocation, Interruption interruption) {
        this.invocation = invocation;
        this.interruption = interruption;
    }

    @Override
    public Integer call() {
        Terminal terminal = invocation.terminal();
        PoolPorts ports = PoolPorts.chosen(port, kafkaPort, s3Port);
        DarkroomHome home = invocation.home();
        home.create();
        HomeLock lock = HomeLock.tryAcquire(home).orElseThrow(() -> isUp(home));
        Pool pool = Pool.start(home, lock, ports, terminal::phase);
        interruption.guard(pool);
        interruption.tell("Stopping; what is queued stays queued.");
        lines(pool.where(), pool.hasKeys(), home).forEach(terminal::print);
        pool.awaitEnd();
        interruption.endIfUnderWay();
        return ExitCode.OK;
    }

    /**
     * What is told of a pool that is up; its home last.
     *
     * @param keys whether it asks for API keys
     */
    static List<String> lines(PoolFile where, boolean keys, DarkroomHome home) {
        List<String> lines = new ArrayList<>();
        lines.add("The pool is up. Ctrl-C stops it; what is queued stays queued.");
        lines.add("  HTTP   " + where.http() + "/v1/jobs");
        if (!keys) {
            lines.add(
                    "         without API keys, so to this machine only; the first is made by"
                            + " 'darkroom keys create --tenant NAME --role admin'");
        }
        lines.add("  Kafka  " + where.kafka());
        lines.add("  S3     " + where.s3() + ", bucket " + where.bucket());
        where.credentialsFile().ifPresent(file -> lines.add("  keys   " + file));
        lines.add("  home   " + home);
        return lines;
    }

    private static DarkroomException isUp(DarkroomHome home) {
        return new DarkroomException(
                ErrorCode.NOT_READY,
                PoolFile.read(home)
                        .filter(PoolFile::isAlive)
                        .map(
                                file ->
                                        "a pool is up on "
                                                + home
                                                + " already: process "
                                                + file.pid()
                                                + ", "
                                                + file.http())
                        .orElse("another process holds " + home));
    }
}
