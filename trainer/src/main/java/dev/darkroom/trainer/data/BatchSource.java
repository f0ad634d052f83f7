package dev.darkroom.trainer.data;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * The batches of an order from a step on, made ahead by one thread while the last is trained on.
 *
 * <p>A failure comes in its batch's place. The thread waits while the queue is full. Closing
 * interrupts the thread and waits for it, so that the data set may be closed after it. To be read
 * by one thread.
 */
public final class BatchSource implements AutoCloseable {
    private final BlockingQueue<Made> queue;
    private final Thread thread;
    private volatile boolean closed;

    /** A batch, or why there is none. */
    private sealed interface Made {
        record Batch(TrainingBatch batch) implements Made {}

        record Failure(Throwable cause) implements Made {}
    }

    /**
     * @param ahead batches that wait at most, at least 1
     */
    public BatchSource(ImageDataset dataset, BatchOrder order, long firstStep, int ahead) {
        queue = new ArrayBlockingQueue<>(ahead);
        thread = new Thread(() -> make(dataset, order, firstStep), "training-batches");
        thread.setDaemon(true);
        thread.start();
    }

    private void make(ImageDataset dataset, BatchOrder order, long firstStep) {
        try {
            for (long step = firstStep; !closed; step++) {
                queue.put(next(dataset, order, step));
            }
        } catch (InterruptedException e) {
            // Closed: nobody waits for more.
            Thread.currentThread().interrupt();
        }
    }

    private static Made next(ImageDataset dataset, BatchOrder order, long step) {
        try {
            return new Made.Batch(TrainingBatch.assemble(dataset, order, step));
        } catch (RuntimeException | OutOfMemoryError e) {
            return new Made.Failure(e);
        }
    }

    /**
     * The next step's batch; waits for it.
     *
     * @throws DarkroomException what kept the data set from giving an example
     */
    public TrainingBatch next() {
        if (closed) {
            throw new IllegalStateException("the batches are closed");
        }
        try {
            Made made = queue.take();
            if (made instanceof Made.Batch batch) {
                return batch.batch();
            }
            throw DarkroomException.of(((Made.Failure) made).cause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DarkroomException(
                    ErrorCode.NOT_READY, "interrupted while waiting for a batch", e);
        }
    }

    /** Stops making batches and returns when none is being made. */
    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
