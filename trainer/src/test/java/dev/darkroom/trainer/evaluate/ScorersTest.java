package dev.darkroom.trainer.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.darkroom.diffusion.pipeline.RgbImage;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class ScorersTest {
    private static final Map<String, double[]> PALETTE = palette();

    private final ColourScorer colours = new ColourScorer(PALETTE);

    @Test
    void findsTheColourOfAThingBeforeDarkGround() {
        assertThat(colours.seen(thing(200, 30, 20))).isEqualTo("red");
        assertThat(colours.seen(thing(60, 9, 6))).as("dark").isEqualTo("red");
        assertThat(colours.seen(thing(90, 90, 90))).isEqualTo("white");
        assertThat(colours.seen(thing(250, 130, 180))).isEqualTo("pink");
    }

    @Test
    void findsTheColourThatACaptionNamesAsAWord() {
        assertThat(colours.named("A Red bag.")).contains("red");
        assertThat(colours.named("a tired coat")).isEmpty();
        assertThat(colours.named("a red bag on white")).isEmpty();
    }

    @Test
    void countsOnlyPromptsThatNameAColour() {
        Samples samples =
                new Samples(
                        List.of(
                                sample("a red bag", thing(200, 30, 20)),
                                sample("a white bag", thing(200, 30, 20)),
                                sample("a bag", thing(200, 30, 20))),
                        List.of());

        assertThat(colours.score(samples)).contains(0.5);
        assertThat(colours.score(new Samples(List.of(samples.each().get(2)), List.of()))).isEmpty();
    }

    @Test
    void scoresPicturesWithTheirOwnPrompts() {
        ClipEmbedder clip = new MeanColour();
        Samples samples =
                new Samples(
                        List.of(
                                sample("red", new RgbImage(1, 1, new byte[] {100, 0, 0})),
                                sample("green", new RgbImage(1, 1, new byte[] {100, 0, 0}))),
                        List.of());

        assertThat(new ClipScorer(Measure.CLIP_OWN, clip).score(samples).orElseThrow())
                .isCloseTo(50, within(1e-9));
    }

    @Test
    void comparesWithRealPicturesAndWithinAPrompt() {
        PictureFeatures features = new MeanColour();
        List<RgbImage> pictures = List.of(thing(10, 0, 0), thing(20, 5, 0), thing(0, 60, 9));
        Samples same =
                new Samples(
                        pictures.stream().map(one -> sample("a bag", one)).toList(),
                        List.of(pictures.subList(0, 2)));

        assertThat(
                        new FrechetScorer(Measure.FRECHET_CLASSIFIER, features, pictures)
                                .score(same)
                                .orElseThrow())
                .isCloseTo(0, within(1e-9));
        assertThat(new DiversityScorer(Measure.DIVERSITY, features).score(same).orElseThrow())
                .isCloseTo(Math.sqrt(10 * 10 + 5 * 5) / 4, within(1e-5));
        assertThat(
                        new DiversityScorer(Measure.DIVERSITY, features)
                                .score(new Samples(same.each(), List.of())))
                .isEmpty();
    }

    /** The mean colour of a picture, and red or green for a text. */
    private static final class MeanColour implements ClipEmbedder {
        @Override
        public int dimensions() {
            return 3;
        }

        @Override
        public float[] of(List<RgbImage> pictures) {
            float[] rows = new float[pictures.size() * 3];
            for (int n = 0; n < pictures.size(); n++) {
                byte[] pixels = pictures.get(n).pixels();
                for (int i = 0; i < pixels.length; i++) {
                    rows[n * 3 + i % 3] += (pixels[i] & 0xff) * 3f / pixels.length;
                }
            }
            return rows;
        }

        @Override
        public float[] ofTexts(List<String> texts) {
            float[] rows = new float[texts.size() * 3];
            for (int n = 0; n < texts.size(); n++) {
                rows[n * 3 + (texts.get(n).equals("red") ? 0 : 1)] = 2;
            }
            return rows;
        }
    }

    private static Map<String, double[]> palette() {
        Map<String, double[]> palette = new LinkedHashMap<>();
        palette.put("white", new double[] {255, 255, 255});
        palette.put("red", new double[] {230, 25, 25});
        palette.put("pink", new double[] {245, 120, 180});
        return palette;
    }

    private static Sample sample(String prompt, RgbImage picture) {
        return new Sample(new Prompt(prompt, OptionalInt.empty()), picture);
    }

    /** A pixel of the colour and three black ones. */
    private static RgbImage thing(int red, int green, int blue) {
        byte[] pixels = new byte[12];
        pixels[3] = (byte) red;
        pixels[4] = (byte) green;
        pixels[5] = (byte) blue;
        return new RgbImage(2, 2, pixels);
    }
}
