package dev.darkroom.trainer.stage;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.job.SamplerName;
import dev.darkroom.contract.json.Json;
import dev.darkroom.trainer.data.FashionMnist;
import dev.darkroom.trainer.data.HoldOut;
import dev.darkroom.trainer.data.ImageDataset;
import dev.darkroom.trainer.data.ImageFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Everything that decides what a checkpoint made from nothing becomes, besides the data: {@code
 * recipe.json}. No number of it is anywhere in code.
 *
 * @param seed of everything drawn
 * @param fashionMnist how Fashion-MNIST is shown, where the data is that
 * @param imageFolder how other pictures are shown
 * @param heldOut pictures of an image folder that are only measured on
 * @param tokenizer how words become numbers
 * @param draws how often each picture is augmented, captioned and encoded before the UNet learns
 * @param scheduler {@code scheduler_config.json}: the noise schedule and what the UNet predicts
 * @param defaults what a job gets that does not say
 */
public record Recipe(
        long seed,
        Optional<FashionMnist.Settings> fashionMnist,
        Optional<ImageFolder.Settings> imageFolder,
        int heldOut,
        Tokenizer tokenizer,
        ClipSettings clip,
        VaeSettings vae,
        int draws,
        UnetSettings unet,
        JsonNode scheduler,
        Defaults defaults) {
    /** The file's name in a run's folder. */
    public static final String FILE = "recipe.json";

    /**
     * @param vocabulary most tokens
     * @param maxLength tokens of a prompt, begin and end included
     */
    public record Tokenizer(int vocabulary, int maxLength) {}

    /** {@code darkroom.json} of the checkpoint. */
    public record Defaults(int steps, SamplerName sampler, double guidanceScale) {}

    /** The two halves of the data. */
    public record Data(ImageDataset training, ImageDataset validation) {}

    /**
     * @throws DarkroomException {@link ErrorCode#INVALID_REQUEST} naming what is wrong
     */
    public static Recipe read(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new DarkroomException(ErrorCode.INVALID_REQUEST, "there is no recipe " + file);
        }
        try {
            return Json.read(Files.readAllBytes(file), Recipe.class);
        } catch (DarkroomException e) {
            throw new DarkroomException(e.code(), "the recipe " + file + ": " + e.reason(), e);
        } catch (IOException e) {
            throw new DarkroomException(
                    ErrorCode.INVALID_REQUEST, "the recipe " + file + " cannot be read: " + e, e);
        }
    }

    /**
     * The data of a folder: Fashion-MNIST's files, or pictures with {@code metadata.jsonl}.
     *
     * @param cache folder for decoded pictures
     */
    public Data data(Path folder, Path cache) throws IOException {
        if (FashionMnist.liesIn(folder)) {
            FashionMnist.Settings settings =
                    fashionMnist.orElseThrow(() -> lacks("fashionMnist", folder));
            return new Data(
                    FashionMnist.read(folder, FashionMnist.Split.TRAIN, settings),
                    FashionMnist.read(folder, FashionMnist.Split.TEST, settings));
        }
        ImageFolder.Settings settings = imageFolder.orElseThrow(() -> lacks("imageFolder", folder));
        HoldOut parts = HoldOut.of(ImageFolder.read(folder, cache, settings), heldOut);
        return new Data(parts.training(), parts.heldOut());
    }

    private static DarkroomException lacks(String section, Path folder) {
        return new DarkroomException(
                ErrorCode.INVALID_REQUEST,
                "the recipe has no " + section + " for the data in " + folder);
    }
}
