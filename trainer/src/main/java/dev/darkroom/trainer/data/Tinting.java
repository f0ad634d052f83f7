package dev.darkroom.trainer.data;

import dev.darkroom.diffusion.pipeline.RgbImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Pictures of any colours in one colour, with captions that say so. */
final class Tinting {
    /** A grey picture of a thing in the light is not what people call white. */
    private static final List<Tint> TINTS =
            Tint.ALL.stream().filter(tint -> tint != Tint.WHITE).toList();

    /** Words for colours: a picture whose caption has one would be no longer what it says. */
    private static final Set<String> COLOURS =
            Set.of(
                    "white",
                    "black",
                    "grey",
                    "gray",
                    "red",
                    "orange",
                    "yellow",
                    "green",
                    "blue",
                    "purple",
                    "pink",
                    "brown",
                    "violet",
                    "magenta",
                    "cyan",
                    "turquoise",
                    "beige",
                    "gold",
                    "golden",
                    "silver");

    private static final Pattern NO_LETTERS = Pattern.compile("[^\\p{L}]+");
    private static final Pattern END = Pattern.compile("[.!\\s]*$");

    private Tinting() {}

    /** Whether a picture with this caption may have another colour. */
    static boolean isPossible(String caption) {
        return Stream.of(NO_LETTERS.split(caption.toLowerCase(Locale.ROOT)))
                .noneMatch(COLOURS::contains);
    }

    static Tint draw(KeyedRandom random) {
        return TINTS.get(random.nextInt(TINTS.size()));
    }

    /** A caption with the colour behind, before a full stop. */
    static String caption(String caption, Tint tint) {
        return END.matcher(caption).replaceFirst(" in " + tint.word() + "$0");
    }

    /** With each caption that may be, in every colour. */
    static List<String> captions(List<String> plain) {
        List<String> all = new ArrayList<>(plain);
        for (String caption : plain) {
            if (isPossible(caption)) {
                TINTS.forEach(tint -> all.add(caption(caption, tint)));
            }
        }
        return List.copyOf(all);
    }

    /** The picture's light (ITU-R BT.601, as Pillow's mode L has it) in the colour. */
    static RgbImage picture(RgbImage image, Tint tint) {
        byte[] from = image.pixels();
        byte[] grey = new byte[from.length];
        for (int i = 0; i < from.length; i += Picture.CHANNELS) {
            int light =
                    299 * (from[i] & 0xFF)
                            + 587 * (from[i + 1] & 0xFF)
                            + 114 * (from[i + 2] & 0xFF);
            for (int channel = 0; channel < Picture.CHANNELS; channel++) {
                grey[i + channel] = (byte) ((light + 500) / 1000);
            }
        }
        return tint.apply(new RgbImage(image.width(), image.height(), grey));
    }
}
