package dev.darkroom.platform.kafka;

import dev.darkroom.testing.EmbeddedStack;

final class EmbeddedQueueTest extends QueueContract {
    @Override
    String bootstrapServers() {
        return EmbeddedStack.shared().bootstrapServers();
    }
}
