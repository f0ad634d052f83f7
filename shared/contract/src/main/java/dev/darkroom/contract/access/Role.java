package dev.darkroom.contract.access;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import java.util.Arrays;
import java.util.stream.Collectors;

/** What a key lets its holder do; a key has any of them. */
public enum Role {
    /** Submit jobs of its tenant, and cancel them. */
    SUBMIT("submit"),
    /** Look at jobs of its tenant and their pictures, and at models. */
    READ("read"),
    /**
     * All that the others may, for every tenant; and promote, roll back, prune, train, see to keys
     * and dead letters.
     */
    ADMIN("admin");

    private final String wireName;

    Role(String wireName) {
        this.wireName = wireName;
    }

    @JsonValue
    public String wireName() {
        return wireName;
    }

    /**
     * @throws DarkroomException INVALID_REQUEST, naming what there is
     */
    @JsonCreator
    public static Role parse(String name) {
        return Arrays.stream(values())
                .filter(role -> role.wireName.equals(name))
                .findFirst()
                .orElseThrow(
                        () ->
                                new DarkroomException(
                                        ErrorCode.INVALID_REQUEST,
                                        "role must be one of "
                                                + Arrays.stream(values())
                                                        .map(Role::wireName)
                                                        .collect(Collectors.joining(", "))));
    }

    @Override
    public String toString() {
        return wireName;
    }
}
