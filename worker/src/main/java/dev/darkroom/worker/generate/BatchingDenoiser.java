package dev.darkroom.worker.generate;

import dev.darkroom.diffusion.pipeline.NoisePredictor;
import dev.darkroom.diffusion.pipeline.TextEmbedding;
import dev.darkroom.diffusion.sampler.Latents;
import dev.darkroom.worker.life.Cancellation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One job's view of the UNet, whose calls it shares with all jobs of the same model and size: their
 * samplers, steps, seeds, guidance and prompts do not matter, since each row of a call has a
 * timestep and a text of its own. A job joins at any step of the others, and leaves with {@link
 * #close}.
 *
 * <p>A job with more rows than a call may have asks several times.
 */
final class BatchingDenoiser implements NoisePredictor, AutoCloseable {
    private final SharedCalls.Seat<Rows, Latents> seat;
    private final int maxRows;
    private final Cancellation cancellation;

    /** Rows of a call, as of {@link NoisePredictor#predict}. */
    private static final class Rows {
        final Latents latents;
        final float[] timesteps;
        final TextEmbedding text;

        Rows(Latents latents, float[] timesteps, TextEmbedding text) {
            this.latents = latents;
            this.timesteps = timesteps;
            this.text = text;
        }
    }

    /**
     * @param key of the UNet and the latents' size
     * @param maxRows of one call
     * @param cancellation looked at before each call
     */
    BatchingDenoiser(
            SharedCalls calls,
            Object key,
            NoisePredictor unet,
            int maxRows,
            Cancellation cancellation) {
        this.seat = calls.sit(key, new UnetCall(unet), maxRows, cancellation.pulse());
        this.maxRows = maxRows;
        this.cancellation = cancellation;
    }

    @Override
    public Latents predict(Latents latents, float[] timesteps, TextEmbedding text) {
        int count = latents.count();
        List<Latents> parts = new ArrayList<>();
        for (int from = 0; from < count; from += maxRows) {
            cancellation.check();
            int to = Math.min(count, from + maxRows);
            parts.add(
                    seat.ask(
                            to - from == count
                                    ? new Rows(latents, timesteps, text)
                                    : new Rows(
                                            latents.rows(from, to),
                                            Arrays.copyOfRange(timesteps, from, to),
                                            text.rows(from, to))));
        }
        return Latents.stacked(parts);
    }

    @Override
    public void close() {
        seat.close();
    }

    private record UnetCall(NoisePredictor unet) implements SharedCalls.Call<Rows, Latents> {
        @Override
        public int rows(Rows request) {
            return request.latents.count();
        }

        @Override
        public List<Latents> answer(List<Rows> requests) {
            Latents all = Latents.stacked(requests.stream().map(rows -> rows.latents).toList());
            float[] timesteps = new float[all.count()];
            int at = 0;
            for (Rows request : requests) {
                System.arraycopy(request.timesteps, 0, timesteps, at, request.timesteps.length);
                at += request.timesteps.length;
            }
            TextEmbedding text =
                    TextEmbedding.stacked(requests.stream().map(rows -> rows.text).toList());
            return SharedCalls.split(requests, this, unet.predict(all, timesteps, text)::rows);
        }
    }
}
