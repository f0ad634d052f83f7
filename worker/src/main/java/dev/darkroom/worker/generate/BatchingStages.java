package dev.darkroom.worker.generate;

import dev.darkroom.diffusion.pipeline.LatentDecoder;
import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.diffusion.pipeline.TextEmbedding;
import dev.darkroom.diffusion.pipeline.TextEncoder;
import dev.darkroom.diffusion.sampler.Latents;
import dev.darkroom.worker.life.Cancellation;
import dev.darkroom.worker.model.LoadedModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** A model's stages for one job, each of whose calls it shares with the other jobs. */
final class BatchingStages {
    private final SharedCalls calls;
    private final LoadedModel model;
    private final ActivationBudget budget;
    private final Cancellation cancellation;

    /** What can share a call: the same stage of the same loaded model, for latents of one size. */
    private record Key(LoadedModel model, Class<?> stage, int height, int width) {}

    /**
     * @param cancellation looked at before each call
     */
    BatchingStages(
            SharedCalls calls,
            LoadedModel model,
            ActivationBudget budget,
            Cancellation cancellation) {
        this.calls = calls;
        this.model = model;
        this.budget = budget;
        this.cancellation = cancellation;
    }

    /** As {@link TextEncoder#encode}, in as many calls as the memory for one makes necessary. */
    TextEmbedding encode(int[][] tokenIds) {
        int rows = budget.textRows(model.configuration());
        Key key = new Key(model, TextEncoder.class, 0, 0);
        TextCall call = new TextCall(model.textEncoder());
        List<TextEmbedding> texts = new ArrayList<>();
        for (int from = 0; from < tokenIds.length; from += rows) {
            cancellation.check();
            int to = Math.min(tokenIds.length, from + rows);
            int[][] part = Arrays.copyOfRange(tokenIds, from, to);
            texts.add(calls.ask(key, call, rows, part, cancellation.pulse()));
        }
        return TextEmbedding.stacked(texts);
    }

    /**
     * The UNet, to be closed with the job's last step.
     *
     * @param height of the latents
     * @param width of the latents
     */
    BatchingDenoiser denoiser(int height, int width) {
        return new BatchingDenoiser(
                calls,
                new Key(model, BatchingDenoiser.class, height, width),
                model.noisePredictor(),
                budget.unetRows(model.configuration(), height, width),
                cancellation);
    }

    /** As {@link LatentDecoder#decode}, in as many calls as the memory for one makes necessary. */
    List<RgbImage> decode(Latents latents) {
        int rows = budget.decoderRows(model.configuration(), latents.height(), latents.width());
        Key key = new Key(model, LatentDecoder.class, latents.height(), latents.width());
        List<RgbImage> pictures = new ArrayList<>();
        for (int from = 0; from < latents.count(); from += rows) {
            cancellation.check();
            Latents part = latents.rows(from, Math.min(latents.count(), from + rows));
            pictures.addAll(
                    calls.ask(
                            key,
                            new DecoderCall(model.decoder()),
                            rows,
                            part,
                            cancellation.pulse()));
        }
        return pictures;
    }

    private record TextCall(TextEncoder encoder)
            implements SharedCalls.Call<int[][], TextEmbedding> {
        @Override
        public int rows(int[][] request) {
            return request.length;
        }

        @Override
        public List<TextEmbedding> answer(List<int[][]> requests) {
            int[][] all = requests.stream().flatMap(Stream::of).toArray(int[][]::new);
            return SharedCalls.split(requests, this, encoder.encode(all)::rows);
        }
    }

    private record DecoderCall(LatentDecoder decoder)
            implements SharedCalls.Call<Latents, List<RgbImage>> {
        @Override
        public int rows(Latents request) {
            return request.count();
        }

        @Override
        public List<List<RgbImage>> answer(List<Latents> requests) {
            return SharedCalls.split(
                    requests, this, decoder.decode(Latents.stacked(requests))::subList);
        }
    }
}
