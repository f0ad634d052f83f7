package dev.darkroom.trainer.evaluate;

import java.util.OptionalInt;

/**
 * What a picture is asked for by.
 *
 * @param text a caption
 * @param label index of the class that the caption tells, where the data has classes
 */
public record Prompt(String text, OptionalInt label) {}
