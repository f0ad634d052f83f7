package dev.darkroom.standalone.command;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.standalone.client.PoolUnreachableException;
import dev.darkroom.standalone.pool.PoolAccess;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "cancel",
        description = {
            "Takes jobs back: those that wait are not begun, those that run stop within a step.",
            "Exits with 2 where one of them had ended already or is unknown; the others are"
                    + " cancelled all the same."
        },
        footerHeading = "%nExample:%n",
        footer = "  darkroom cancel 0b2d7c1e-3f6a-4c58-9d0e-5a1b2c3d4e5f")
final class CancelCommand implements Callable<Integer> {
    @Mixin private final Invocation invocation;

    @Parameters(paramLabel = "ID", arity = "1..*", description = "As 'darkroom submit' printed it.")
    private List<String> ids = List.of();

    @Mixin private final ServerOption server = new ServerOption();

    CancelCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    @Override
    public Integer call() throws PoolUnreachableException {
        List<JobId> jobs = ids.stream().map(JobId::new).toList();
        int code = ExitCode.OK;
        try (PoolAccess pool = invocation.requirePool(server.url())) {
            for (JobId job : jobs) {
                try {
                    String state = pool.client().cancel(job).path("status").asText();
                    invocation.terminal().print(job + " " + state);
                } catch (DarkroomException e) {
                    invocation.terminal().say("darkroom: " + job + ": " + e.reason());
                    code = Math.max(code, ExitCode.of(e));
                }
            }
        }
        return code;
    }
}
