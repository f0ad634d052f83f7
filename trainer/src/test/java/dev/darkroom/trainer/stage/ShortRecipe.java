package dev.darkroom.trainer.stage;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.contract.json.Json;
import dev.darkroom.testing.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The repository's recipe with few steps, for a handful of {@link Squares}. */
final class ShortRecipe {
    static final int PICTURES = 8;
    static final int SIDE = 32;

    private ShortRecipe() {}

    /**
     * @param clip steps of that stage, as the others
     */
    static ObjectNode of(int clip, int vae, int unet) throws IOException {
        ObjectNode json =
                (ObjectNode)
                        Json.tree(
                                Files.readAllBytes(
                                        Checkout.root()
                                                .resolve("deploy/recipes/fashion-mnist.json")));
        json.put("draws", 1);
        shorten(json.withObject("clip"), clip);
        shorten(json.withObject("vae"), vae);
        json.withObject("vae").put("scaled", 4);
        shorten(json.withObject("unet"), unet);
        json.withObject("unet").putArray("shown").add("a red square");
        json.withObject("unet").put("samplingSteps", 2);
        return json;
    }

    private static void shorten(ObjectNode stage, int steps) {
        stage.withObject("learningRate").put("steps", steps).put("warmUp", 1);
        stage.withObject("loop").put("steps", steps).put("examples", 4).put("measureEvery", steps);
        stage.put("measured", 4);
    }

    static Path write(ObjectNode recipe, Path file) throws IOException {
        return Files.write(file, Json.writePretty(recipe));
    }

    static Recipe.Data data() {
        return new Recipe.Data(new Squares(PICTURES, SIDE), new Squares(PICTURES, SIDE));
    }
}
