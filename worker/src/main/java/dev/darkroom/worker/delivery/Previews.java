package dev.darkroom.worker.delivery;

import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.storage.ObjectKey;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.diffusion.picture.ImageGrid;
import dev.darkroom.diffusion.picture.PngImage;
import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.platform.thread.DaemonThreads;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts pictures of running jobs into the bucket, on a thread of its own: a store that is slow or
 * away costs a preview and nothing else.
 *
 * <p>A job may end while its preview is on the way. Whoever ends one decides its outcome and then
 * removes the preview; whoever puts one looks for the outcome afterwards. So one of the two removes
 * it, whatever the order.
 */
public final class Previews implements AutoCloseable {
    /** Keyword of the PNG text chunk that says of which step it is. */
    public static final String KEYWORD = "preview";

    private static final Logger LOG = LoggerFactory.getLogger(Previews.class);
    private static final Duration CLOSE = Duration.ofSeconds(5);

    private final ObjectStore store;
    private final ExecutorService thread =
            Executors.newSingleThreadExecutor(DaemonThreads.named("darkroom-previews"));

    public Previews(ObjectStore store) {
        this.store = store;
    }

    /**
     * Puts a job's pictures into their place, side by side; returns at once and never throws.
     *
     * @param step as in {@code step 5 of 25}
     * @param told whether they are there, from another thread, in any case
     */
    public void show(JobId job, List<RgbImage> pictures, String step, Consumer<Boolean> told) {
        try {
            thread.execute(() -> told.accept(put(job, pictures, step)));
        } catch (RejectedExecutionException e) {
            told.accept(false);
        }
    }

    private boolean put(JobId job, List<RgbImage> pictures, String step) {
        try {
            int columns = (int) Math.ceil(Math.sqrt(pictures.size()));
            byte[] png =
                    PngImage.encode(ImageGrid.of(pictures, columns, 0, 0), Map.of(KEYWORD, step));
            ObjectKey key = ObjectKeys.preview(job);
            store.put(key, png, PngImage.MEDIA_TYPE);
            if (store.size(ObjectKeys.outcome(job)).isPresent()) {
                store.delete(key);
                return false;
            }
            return true;
        } catch (RuntimeException | Error e) {
            LOG.debug("no preview of job {}", job, e);
            return false;
        }
    }

    /** Removes the preview of a job whose outcome is decided. */
    public void remove(JobId job) {
        store.delete(ObjectKeys.preview(job));
    }

    /** Waits a few seconds for what is on the way. */
    @Override
    public void close() {
        thread.shutdown();
        try {
            if (!thread.awaitTermination(CLOSE.toMillis(), TimeUnit.MILLISECONDS)) {
                thread.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
