package dev.darkroom.testing;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/** Stands between those who use an interface and what implements it: to count calls, or to fail. */
public final class Interposed {
    private Interposed() {}

    /** Called in place of every method. */
    @FunctionalInterface
    public interface Handler {
        Object handle(Method method, Object[] arguments) throws Throwable;
    }

    public static <T> T as(Class<T> type, Handler handler) {
        return type.cast(
                Proxy.newProxyInstance(
                        type.getClassLoader(),
                        new Class<?>[] {type},
                        (proxy, method, arguments) -> handler.handle(method, arguments)));
    }

    /** Makes the call; throws what it throws. */
    public static Object call(Object target, Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getTargetException();
        }
    }
}
