package dev.darkroom.contract.access;

import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.json.DefaultedText;
import java.util.regex.Pattern;

/**
 * Whose a job is, as in {@code acme}: tenants see their own jobs, and share a pool's workers
 * fairly.
 */
@JsonDeserialize(using = TenantName.Deserializer.class)
public record TenantName(@JsonValue String value) {
    private static final Pattern VALID = Pattern.compile("[a-z0-9][a-z0-9_-]{0,63}");

    /** Of all jobs where nobody told tenants apart. */
    public static final TenantName DEFAULT = new TenantName("default");

    public TenantName {
        if (!VALID.matcher(value).matches()) {
            throw new DarkroomException(
                    ErrorCode.INVALID_REQUEST,
                    "tenant must be 1..64 of a-z 0-9 _ - and begin with a letter or digit");
        }
    }

    @Override
    public String toString() {
        return value;
    }

    /** Jobs of clients that know of no tenants are the default one's. */
    static final class Deserializer extends DefaultedText<TenantName> {
        private static final long serialVersionUID = 1;

        Deserializer() {
            super(TenantName.class, DEFAULT, TenantName::new);
        }
    }
}
