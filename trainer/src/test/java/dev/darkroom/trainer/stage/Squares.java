package dev.darkroom.trainer.stage;

import dev.darkroom.trainer.data.Bucket;
import dev.darkroom.trainer.data.Example;
import dev.darkroom.trainer.data.ImageDataset;
import dev.darkroom.trainer.data.Picture;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * Pictures of a square in one of four colours, on the left or on the right; the caption says so.
 */
record Squares(int size, int side) implements ImageDataset {
    private static final List<String> COLOURS = List.of("red", "green", "blue", "white");
    private static final List<String> PLACES = List.of("left", "right");

    @Override
    public List<String> classes() {
        return COLOURS;
    }

    @Override
    public OptionalInt label(int index) {
        return OptionalInt.of(index % COLOURS.size());
    }

    @Override
    public Bucket bucket(int index) {
        return new Bucket(side, side);
    }

    @Override
    public Example example(int index, long draw) {
        int colour = index % COLOURS.size();
        int place = index / COLOURS.size() % PLACES.size();
        byte[] rgb = new byte[side * side * 3];
        int half = side / 2;
        int top = (index / 8 + (int) draw) % half;
        for (int y = top; y < top + half; y++) {
            for (int x = place * half; x < (place + 1) * half; x++) {
                for (int c = 0; c < 3; c++) {
                    rgb[(y * side + x) * 3 + c] = (byte) (colour == c || colour == 3 ? 230 : 20);
                }
            }
        }
        return new Example(Picture.of(side, side, rgb), caption(colour, place), label(index));
    }

    private static String caption(int colour, int place) {
        return "a " + COLOURS.get(colour) + " square on the " + PLACES.get(place);
    }

    @Override
    public List<String> captions() {
        List<String> captions = new ArrayList<>();
        for (int colour = 0; colour < COLOURS.size(); colour++) {
            for (int place = 0; place < PLACES.size(); place++) {
                captions.add(caption(colour, place));
            }
        }
        return captions;
    }
}
