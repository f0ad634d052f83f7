package dev.darkroom.standalone.command;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.standalone.client.PoolClient;
import dev.darkroom.standalone.client.PoolUnreachableException;
import dev.darkroom.standalone.pool.PoolAccess;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "generate",
        description = {
            "Makes pictures and writes them as PNG files; prints their paths.",
            "Uses the pool that is up on the home folder, or starts one for the job and stops it"
                    + " afterwards."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  darkroom generate \"a red sneaker\" -n 4 --out pictures",
            "  darkroom generate \"a blue dress\" --seed 7 --steps 30 --sampler euler",
            "  darkroom generate \"a bag\" --server http://127.0.0.1:8080"
        })
final class GenerateCommand implements Callable<Integer> {
    /** A pool that another command had started may end under us; ours takes its place. */
    private static final int TAKEOVERS = 2;

    private final Interruption interruption;

    @Mixin private final Invocation invocation;
    @Mixin private final JobOptions job = new JobOptions();

    @Option(
            names = {"-o", "--out"},
            paramLabel = "DIR",
            description = "Folder for the pictures, made where missing. Default: here.")
    private Path out = Path.of("");

    @Mixin private final ServerOption server = new ServerOption();

    GenerateCommand(Invocation invocation, Interruption interruption) {
        this.invocation = invocation;
        this.interruption = interruption;
    }

    @Override
    public Integer call() throws PoolUnreachableException {
        byte[] request = job.request();
        Optional<PoolClient> named = invocation.namedServer(server.url());
        PictureFolder folder = PictureFolder.open(out);
        Optional<JobId> id = Optional.empty();
        for (int takeovers = 0; ; takeovers++) {
            try (PoolAccess pool = pool(named)) {
                JobId submitted = id.isPresent() ? id.get() : submit(pool, request);
                id = Optional.of(submitted);
                collect(pool.client(), submitted, folder);
                return ExitCode.OK;
            } catch (PoolUnreachableException e) {
                interruption.endIfUnderWay();
                if (named.isPresent() || takeovers == TAKEOVERS) {
                    id.ifPresent(kept -> invocation.terminal().say(keptNotice(kept)));
                    throw e;
                }
                invocation.terminal().say("The pool went away (" + e.getMessage() + ").");
            }
        }
    }

    private PoolAccess pool(Optional<PoolClient> named) {
        PoolAccess pool =
                named.map(PoolAccess::at)
                        .orElseGet(
                                () ->
                                        PoolAccess.findOrStart(
                                                invocation.home(),
                                                false,
                                                invocation.apiKey(),
                                                invocation.terminal()::phase));
        interruption.guard(pool);
        return pool;
    }

    private JobId submit(PoolAccess pool, byte[] request) throws PoolUnreachableException {
        JsonNode answer = pool.client().submit(request);
        JobId id = new JobId(answer.path("id").asText());
        interruption.tell("Interrupted. " + keptNotice(id));
        return id;
    }

    private static String keptNotice(JobId id) {
        return "Job "
                + id
                + " is kept in the queue and is done as soon as a pool runs there ('darkroom up');"
                + " ask with 'darkroom status "
                + id
                + "'.";
    }

    private void collect(PoolClient pool, JobId id, PictureFolder folder)
            throws PoolUnreachableException {
        JsonNode status = new JobFollower(invocation.terminal()).await(pool, id);
        new PictureDownload(pool, folder, invocation.terminal()).fetch(id, job.prompt(), status);
    }
}
