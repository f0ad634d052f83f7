package dev.darkroom.producer.api;

import dev.darkroom.producer.key.KeyRing;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Tells who asks by the header {@code Authorization}. */
public final class Authentication {
    /** As RFC 6750 has it; the scheme's name in any case. */
    private static final Pattern BEARER = Pattern.compile("(?i:bearer) +(\\S{1,200}) *");

    private final KeyRing keys;
    private final boolean openWithoutKeys;

    /**
     * @param openWithoutKeys whether anyone may do anything where there never were keys
     */
    public Authentication(KeyRing keys, boolean openWithoutKeys) {
        this.keys = keys;
        this.openWithoutKeys = openWithoutKeys;
    }

    /** The caller, or nothing where no valid key says who it is. */
    Optional<Caller> of(@Nullable String authorization) {
        if (openWithoutKeys && keys.neverHadAny()) {
            return Optional.of(Caller.ANYONE);
        }
        if (authorization == null) {
            return Optional.empty();
        }
        Matcher bearer = BEARER.matcher(authorization);
        return bearer.matches() ? keys.find(bearer.group(1)).map(Caller::of) : Optional.empty();
    }
}
