package dev.darkroom.standalone.command;

import dev.darkroom.producer.submit.IdempotencyKey;
import dev.darkroom.standalone.client.PoolUnreachableException;
import dev.darkroom.standalone.pool.PoolAccess;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "submit",
        description = {
            "Puts a job on the queue of a pool that is up, prints its id and returns at once."
        },
        footerHeading = "%nExample:%n",
        footer = "  darkroom status $(darkroom submit \"a red sneaker\" -n 4)")
final class SubmitCommand implements Callable<Integer> {
    @Mixin private final Invocation invocation;
    @Mixin private final JobOptions job = new JobOptions();

    @Option(
            names = "--idempotency-key",
            paramLabel = "KEY",
            description = {
                "The same key and request give the same job, however often they are submitted:"
                        + " for scripts that try again. Kept for a day."
            })
    private Optional<String> idempotencyKey = Optional.empty();

    @Mixin private final ServerOption server = new ServerOption();

    SubmitCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    @Override
    public Integer call() throws PoolUnreachableException {
        idempotencyKey.ifPresent(IdempotencyKey::new);
        byte[] request = job.request();
        try (PoolAccess pool = invocation.requirePool(server.url())) {
            invocation
                    .terminal()
                    .print(pool.client().submit(request, idempotencyKey).path("id").asText());
            return ExitCode.OK;
        }
    }
}
