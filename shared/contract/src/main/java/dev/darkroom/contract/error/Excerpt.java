package dev.darkroom.contract.error;

/** A piece of text that is not trusted, as a message may show it: on one line, and short. */
public final class Excerpt {
    private Excerpt() {}

    /**
     * The text with every character that would act on a terminal or hide others as its backslash
     * escape, cut after {@code limit} characters.
     */
    public static String of(String text, int limit) {
        StringBuilder shown = new StringBuilder();
        int kept = Math.min(text.length(), limit);
        text.substring(0, kept).codePoints().forEach(c -> append(shown, c));
        return text.length() > kept ? shown.append("...").toString() : shown.toString();
    }

    private static void append(StringBuilder shown, int character) {
        switch (Character.getType(character)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE ->
                    shown.append(String.format("\\u%04x", character));
            default -> shown.appendCodePoint(character);
        }
    }
}
