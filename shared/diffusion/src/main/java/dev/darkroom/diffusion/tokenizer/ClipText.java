package dev.darkroom.diffusion.tokenizer;

import java.text.Normalizer;
import java.util.function.Consumer;

/**
 * Text as CLIP's tokenizer sees it: how the Rust library normalizes it, and where it splits it into
 * words. Unicode's tables are those of the running JDK.
 */
final class ClipText {
    private static final String[] CONTRACTIONS = {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"};
    private static final int DOTTED_CAPITAL_I = 0x130;

    private ClipText() {}

    /** Canonical composition, runs of white space to one space, each character in lower case. */
    static String normalized(String text) {
        String composed = Normalizer.normalize(text, Normalizer.Form.NFC);
        StringBuilder result = new StringBuilder(composed.length());
        boolean afterSpace = false;
        for (int i = 0; i < composed.length(); ) {
            int character = composed.codePointAt(i);
            i += Character.charCount(character);
            boolean space = isWhiteSpace(character);
            if (space) {
                if (!afterSpace) {
                    result.append(' ');
                }
            } else if (character == DOTTED_CAPITAL_I) {
                // The one character whose lower case is two.
                result.append("i\u0307");
            } else {
                result.appendCodePoint(Character.toLowerCase(character));
            }
            afterSpace = space;
        }
        return result.toString();
    }

    /**
     * Hands on the words of a normalized text: a contraction's ending, a run of letters, a single
     * digit, or a run of anything else but spaces.
     */
    static void words(String text, Consumer<String> word) {
        for (int i = 0; i < text.length(); ) {
            int end = wordEnd(text, i);
            if (text.charAt(i) != ' ') {
                word.accept(text.substring(i, end));
            }
            i = end;
        }
    }

    private static int wordEnd(String text, int start) {
        for (String contraction : CONTRACTIONS) {
            if (text.startsWith(contraction, start)) {
                return start + contraction.length();
            }
        }
        Kind kind = Kind.of(text.codePointAt(start));
        int end = start + Character.charCount(text.codePointAt(start));
        if (kind == Kind.NUMBER) {
            return end;
        }
        while (end < text.length()) {
            int character = text.codePointAt(end);
            if (Kind.of(character) != kind) {
                break;
            }
            end += Character.charCount(character);
        }
        return end;
    }

    private enum Kind {
        SPACE,
        LETTER,
        NUMBER,
        OTHER;

        static Kind of(int character) {
            if (character == ' ') {
                return SPACE;
            }
            return switch (Character.getType(character)) {
                case Character.UPPERCASE_LETTER,
                        Character.LOWERCASE_LETTER,
                        Character.TITLECASE_LETTER,
                        Character.MODIFIER_LETTER,
                        Character.OTHER_LETTER ->
                        LETTER;
                case Character.DECIMAL_DIGIT_NUMBER,
                        Character.LETTER_NUMBER,
                        Character.OTHER_NUMBER ->
                        NUMBER;
                default -> OTHER;
            };
        }
    }

    /** Unicode's White_Space, which no method of Character is. */
    private static boolean isWhiteSpace(int character) {
        return (character >= '\t' && character <= '\r')
                || character == 0x85
                || Character.isSpaceChar(character);
    }
}
