package dev.darkroom.standalone.command;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.storage.Sha256;
import dev.darkroom.standalone.client.PoolClient;
import dev.darkroom.standalone.client.PoolUnreachableException;

/** Brings a finished job's pictures into a folder and prints their paths. */
final class PictureDownload {
    private final PoolClient pool;
    private final PictureFolder folder;
    private final Terminal terminal;

    PictureDownload(PoolClient pool, PictureFolder folder, Terminal terminal) {
        this.pool = pool;
        this.folder = folder;
        this.terminal = terminal;
    }

    /**
     * @param status the pool's answer about the job
     * @throws DarkroomException where a picture is not the one that was stored
     */
    void fetch(JobId job, String prompt, JsonNode status) throws PoolUnreachableException {
        for (JsonNode image : status.path("images")) {
            int index = image.path("index").asInt();
            byte[] png = pool.image(job, index);
            requireHash(png, image.path("sha256").asText());
            terminal.print(folder.write(prompt, job, index, png).toString());
        }
    }

    private static void requireHash(byte[] png, String expected) {
        String actual = Sha256.of(png);
        if (!actual.equals(expected)) {
            throw new DarkroomException(
                    ErrorCode.INTERNAL,
                    "a picture arrived with SHA-256 " + actual + ", not " + expected);
        }
    }
}
