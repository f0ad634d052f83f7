package dev.darkroom.contract.job;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;

/** Checks on text that people write. */
final class Text {
    private Text() {}

    /**
     * Refuses text that cannot be stored or shown: NUL, half a surrogate pair, more than the limit.
     */
    static void check(String field, String text, int limit) {
        int codePoints = text.codePointCount(0, text.length());
        if (codePoints > limit) {
            throw invalid(field + " has " + codePoints + " characters, at most " + limit);
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0) {
                throw invalid(field + " contains the character U+0000 at position " + i);
            }
            if (Character.isHighSurrogate(c)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                throw invalid(
                        field
                                + " contains half a surrogate pair at position "
                                + i
                                + ": not Unicode");
            }
        }
    }

    static String clip(String text) {
        return text.length() <= 60 ? text : text.substring(0, 60) + "...";
    }

    static DarkroomException invalid(String message) {
        return new DarkroomException(ErrorCode.INVALID_REQUEST, message);
    }
}
