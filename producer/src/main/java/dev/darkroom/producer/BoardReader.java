package dev.darkroom.producer;

import dev.darkroom.platform.kafka.TopicReader;
import java.time.Duration;

/** The reader behind the board, as a type of its own: other services of a process have others. */
final class BoardReader implements AutoCloseable {
    private final TopicReader reader;

    BoardReader(TopicReader reader) {
        this.reader = reader;
    }

    void start() {
        reader.start();
    }

    boolean caughtUpWithin(Duration wait) {
        return reader.awaitCaughtUp(wait);
    }

    @Override
    public void close() {
        reader.close();
    }
}
