package dev.darkroom.trainer.data;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The language of the captions made for Fashion-MNIST: an optional tone, an optional colour before
 * or behind, a name of the kind, in one of a few frames.
 */
final class FashionCaptions {
    /** The names of each kind, in the order of the labels; the first names the class. */
    private static final List<List<String>> NAMES =
            List.of(
                    List.of("t-shirt", "tee shirt", "top"),
                    List.of("trousers", "pants"),
                    List.of("pullover", "sweater"),
                    List.of("dress"),
                    List.of("coat"),
                    List.of("sandal"),
                    List.of("shirt"),
                    List.of("sneaker", "running shoe"),
                    List.of("bag", "handbag"),
                    List.of("ankle boot", "boot"));

    /** Names that are plurals: people say "a pair of", nothing, and "a" all the same. */
    private static final Set<String> PLURALS = Set.of("trousers", "pants");

    private static final List<String> PLURAL_ARTICLES = List.of("a pair of ", "");

    /** What stands before the article, and how often of ten; the last has no article either. */
    private static final List<String> FRAMES =
            List.of(
                    "a photo of ",
                    "a photo of ",
                    "a photo of ",
                    "a photo of ",
                    "a photo of ",
                    "a picture of ",
                    "a picture of ",
                    "a picture of ",
                    "");

    private static final double BARE = 0.1;
    private static final double COLOUR_BEHIND = 0.25;

    private FashionCaptions() {}

    /** The name of each class. */
    static List<String> classes() {
        return NAMES.stream().map(names -> names.get(0)).toList();
    }

    /**
     * A caption for a piece of clothing.
     *
     * @param tone to be said, or empty
     */
    static String draw(int kind, String tone, Optional<Tint> tint, KeyedRandom random) {
        List<String> names = NAMES.get(kind);
        String name = names.get(random.nextInt(names.size()));
        boolean behind = random.chance(COLOUR_BEHIND);
        boolean bare = random.chance(BARE);
        String frame = FRAMES.get(random.nextInt(FRAMES.size()));
        int article = random.nextInt(PLURAL_ARTICLES.size() + 1);
        String phrase = phrase(tone, behind ? Optional.empty() : tint, name);
        return (bare ? "" : frame + article(name, phrase, article))
                + phrase
                + (behind ? behind(tint) : "");
    }

    private static String phrase(String tone, Optional<Tint> tint, String name) {
        return (tone.isEmpty() ? "" : tone + " ") + tint.map(t -> t.word() + " ").orElse("") + name;
    }

    private static String behind(Optional<Tint> tint) {
        return tint.map(t -> " in " + t.word()).orElse("");
    }

    private static String article(String name, String phrase, int plural) {
        String single = "aeiou".indexOf(phrase.charAt(0)) >= 0 ? "an " : "a ";
        return PLURALS.contains(name) && plural < PLURAL_ARTICLES.size()
                ? PLURAL_ARTICLES.get(plural)
                : single;
    }

    /** Every caption that can be drawn, each once. */
    static List<String> all() {
        List<Optional<Tint>> tints = new ArrayList<>(List.of(Optional.empty()));
        Tint.ALL.forEach(tint -> tints.add(Optional.of(tint)));
        Set<String> all = new LinkedHashSet<>();
        for (List<String> names : NAMES) {
            for (String name : names) {
                for (Optional<Tint> tint : tints) {
                    for (Tone tone : Tone.values()) {
                        frames(name, phrase(tone.word(), tint, name), "", all);
                        frames(
                                name,
                                phrase(tone.word(), Optional.empty(), name),
                                behind(tint),
                                all);
                    }
                }
            }
        }
        return List.copyOf(all);
    }

    private static void frames(String name, String phrase, String behind, Set<String> all) {
        all.add(phrase + behind);
        for (String frame : FRAMES) {
            for (int article = 0; article <= PLURAL_ARTICLES.size(); article++) {
                all.add(frame + article(name, phrase, article) + phrase + behind);
            }
        }
    }
}
