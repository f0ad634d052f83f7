package dev.darkroom.trainer.evaluate;

import dev.darkroom.diffusion.metric.Agreement;
import dev.darkroom.diffusion.pipeline.RgbImage;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Share of pictures whose colour is the one that their prompt names.
 *
 * <p>A picture's colour is its sum of light, so that the dark ground before which a thing stands
 * has no say, scaled to full brightness; it is called by the name of the nearest colour of the
 * palette, scaled alike.
 */
public final class ColourScorer implements Scorer {
    private final Map<String, double[]> palette = new LinkedHashMap<>();

    /**
     * @param palette red, green and blue of each name, of any common scale, and not black
     */
    public ColourScorer(Map<String, double[]> palette) {
        palette.forEach((name, colour) -> this.palette.put(name, bright(colour.clone())));
    }

    @Override
    public Measure measure() {
        return Measure.COLOUR_AGREEMENT;
    }

    @Override
    public Optional<Double> score(Samples samples) {
        int asked = 0;
        int agreed = 0;
        for (Sample sample : samples.each()) {
            Optional<String> wanted = named(sample.prompt().text());
            if (wanted.isPresent()) {
                asked++;
                agreed += wanted.get().equals(seen(sample.picture())) ? 1 : 0;
            }
        }
        return asked == 0 ? Optional.empty() : Optional.of(new Agreement(agreed, asked).share());
    }

    @Override
    public String needs() {
        return "prompts that name a colour";
    }

    /** The one colour of the palette that a caption names; nothing where it names several. */
    Optional<String> named(String caption) {
        Set<String> words =
                new HashSet<>(List.of(caption.toLowerCase(Locale.ROOT).split("[^\\p{L}]+")));
        List<String> found = palette.keySet().stream().filter(words::contains).toList();
        return found.size() == 1 ? Optional.of(found.get(0)) : Optional.empty();
    }

    /** The palette's name for a picture's colour. */
    String seen(RgbImage picture) {
        double[] sum = new double[3];
        byte[] pixels = picture.pixels();
        for (int i = 0; i < pixels.length; i++) {
            sum[i % 3] += pixels[i] & 0xff;
        }
        double[] colour = bright(sum);
        String nearest = "";
        double least = Double.POSITIVE_INFINITY;
        for (Map.Entry<String, double[]> entry : palette.entrySet()) {
            double distance = 0;
            for (int channel = 0; channel < 3; channel++) {
                double difference = entry.getValue()[channel] - colour[channel];
                distance += difference * difference;
            }
            if (distance < least) {
                least = distance;
                nearest = entry.getKey();
            }
        }
        return nearest;
    }

    private static double[] bright(double[] colour) {
        double most = Math.max(1e-9, Math.max(colour[0], Math.max(colour[1], colour[2])));
        return new double[] {colour[0] / most, colour[1] / most, colour[2] / most};
    }
}
