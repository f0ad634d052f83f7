package dev.darkroom.trainer.service;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.storage.ObjectKey;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.testing.Interposed;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;

/** The bucket as a process sees it that is killed right after it has written one object. */
final class FatalStore {
    private FatalStore() {}

    static ObjectStore afterWriting(ObjectKey last, ObjectStore store) {
        AtomicBoolean killed = new AtomicBoolean();
        return Interposed.as(
                ObjectStore.class,
                (method, arguments) -> {
                    if (killed.get()) {
                        throw gone();
                    }
                    Object result = Interposed.call(store, method, arguments);
                    if (method.getName().startsWith("put")
                            && Arrays.asList(arguments).contains(last)) {
                        killed.set(true);
                        throw gone();
                    }
                    return result;
                });
    }

    private static DarkroomException gone() {
        return new DarkroomException(ErrorCode.STORE_UNAVAILABLE, "the process is dead");
    }
}
