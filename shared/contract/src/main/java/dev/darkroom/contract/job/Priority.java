package dev.darkroom.contract.job;

import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.json.DefaultedText;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * How urgent a job is, the most urgent first. While jobs of several priorities wait, each gets its
 * share of what the pool does, so that none waits for ever.
 */
@JsonDeserialize(using = Priority.Deserializer.class)
public enum Priority {
    HIGH(16),
    NORMAL(4),
    LOW(1);

    private final int share;

    Priority(int share) {
        this.share = share;
    }

    /** Its part of the pool's work, beside the shares of the other priorities that wait. */
    public int share() {
        return share;
    }

    @JsonValue
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * @throws DarkroomException {@link dev.darkroom.contract.error.ErrorCode#INVALID_REQUEST}
     */
    public static Priority parse(String text) {
        for (Priority priority : values()) {
            if (priority.wireName().equals(text)) {
                return priority;
            }
        }
        throw Text.invalid(
                "priority is \""
                        + Text.clip(text)
                        + "\", must be one of "
                        + Arrays.stream(values())
                                .map(Priority::wireName)
                                .collect(Collectors.joining(", ")));
    }

    /** Jobs that name none are normal ones. */
    static final class Deserializer extends DefaultedText<Priority> {
        private static final long serialVersionUID = 1;

        Deserializer() {
            super(Priority.class, NORMAL, Priority::parse);
        }
    }
}
