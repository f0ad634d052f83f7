package dev.darkroom.contract.error;

/** The check that a number of a request is within its bounds. */
public final class Bounds {
    private Bounds() {}

    /**
     * @param field as the request names it
     * @throws DarkroomException {@link ErrorCode#INVALID_REQUEST} naming field, value and bounds
     */
    public static void require(String field, long value, long least, long most) {
        if (value < least || value > most) {
            throw new DarkroomException(
                    ErrorCode.INVALID_REQUEST,
                    field + " is " + value + ", must be " + least + ".." + most);
        }
    }
}
