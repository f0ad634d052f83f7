package dev.darkroom.diffusion.tokenizer;

import java.util.Comparator;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Tokens that are found in a text as a whole: leftmost first, the longest of those. */
final class SpecialTokens {
    private final Map<String, Integer> ids;
    private final Pattern pattern;

    SpecialTokens(Map<String, Integer> ids) {
        this.ids = Map.copyOf(ids);
        this.pattern =
                Pattern.compile(
                        ids.keySet().stream()
                                .sorted(Comparator.comparingInt(String::length).reversed())
                                .map(Pattern::quote)
                                .collect(Collectors.joining("|")));
    }

    /** Adds the ids of those in a text and hands on what stands before, between and after them. */
    void split(String text, IntStream.Builder found, Consumer<String> between) {
        int from = 0;
        if (!ids.isEmpty()) {
            Matcher matcher = pattern.matcher(text);
            while (matcher.find()) {
                between.accept(text.substring(from, matcher.start()));
                Integer id = ids.get(matcher.group());
                if (id != null) {
                    found.add(id);
                }
                from = matcher.end();
            }
        }
        between.accept(text.substring(from));
    }
}
