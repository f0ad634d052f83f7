package dev.darkroom.standalone.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.contract.error.Bounds;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.error.Excerpt;
import dev.darkroom.contract.job.Deadline;
import dev.darkroom.contract.job.GenerationRequest;
import dev.darkroom.contract.json.Json;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * What a person can say of a job; everything but the prompt may be left to the model's defaults.
 */
final class JobOptions {
    private static final Pattern DURATION = Pattern.compile("([0-9]{1,9})([smhd]?)");

    @Parameters(index = "0", paramLabel = "PROMPT", description = "What the pictures should show.")
    private String prompt = "";

    @Option(
            names = {"-n", "--count"},
            paramLabel = "N",
            description = "Number of pictures, 1 to 16. Default: 1.")
    private Optional<Integer> count = Optional.empty();

    @Option(names = "--model", paramLabel = "NAME", description = "Model; see 'darkroom models'.")
    private Optional<String> model = Optional.empty();

    @Option(
            names = "--sampler",
            paramLabel = "NAME",
            description = "ddim, euler or dpmpp_2m_karras.")
    private Optional<String> sampler = Optional.empty();

    @Option(names = "--steps", paramLabel = "N", description = "Sampling steps, 1 to 1000.")
    private Optional<Integer> steps = Optional.empty();

    @Option(
            names = "--guidance-scale",
            paramLabel = "G",
            description = "How closely to follow the prompt, 1 (off) to 50.")
    private Optional<Double> guidanceScale = Optional.empty();

    @Option(
            names = "--negative-prompt",
            paramLabel = "TEXT",
            description = "What to steer away from.")
    private Optional<String> negativePrompt = Optional.empty();

    @Option(
            names = "--seed",
            paramLabel = "S",
            description = "Picture i uses seed S + i; the same seed makes the same picture.")
    private Optional<Long> seed = Optional.empty();

    @Option(names = "--width", paramLabel = "PIXELS", description = "Width of the pictures.")
    private Optional<Integer> width = Optional.empty();

    @Option(names = "--height", paramLabel = "PIXELS", description = "Height of the pictures.")
    private Optional<Integer> height = Optional.empty();

    @Option(
            names = "--priority",
            paramLabel = "P",
            description = "high, normal or low: which of the waiting jobs are begun first.")
    private Optional<String> priority = Optional.empty();

    @Option(
            names = "--deadline",
            paramLabel = "TIME",
            description = {
                "Not to be begun from then on, in UTC as in 2026-01-31T12:00:00Z; a job that runs"
                        + " may go on. Default: it waits as long as it must."
            })
    private Optional<String> deadline = Optional.empty();

    @Option(
            names = "--expires-in",
            paramLabel = "SECONDS",
            description = "The same, so many seconds after the pool got the job; also 10m, 2h, 1d.")
    private Optional<String> expiresIn = Optional.empty();

    String prompt() {
        return prompt;
    }

    /**
     * The request as the producer takes it; what can be known to be wrong with it is refused here,
     * before anything is started for it.
     */
    byte[] request() {
        ObjectNode request = Json.mapper().createObjectNode();
        request.put("prompt", prompt);
        negativePrompt.ifPresent(value -> request.put("negativePrompt", value));
        model.ifPresent(value -> request.put("model", value));
        width.ifPresent(value -> request.put("width", value));
        height.ifPresent(value -> request.put("height", value));
        steps.ifPresent(value -> request.put("steps", value));
        sampler.ifPresent(value -> request.put("sampler", value));
        guidanceScale.ifPresent(value -> request.put("guidanceScale", value));
        seed.ifPresent(value -> request.put("seed", value));
        count.ifPresent(value -> request.put("count", value));
        priority.ifPresent(value -> request.put("priority", value));
        deadline.ifPresent(value -> request.put("deadline", value));
        ObjectNode checked =
                (ObjectNode) Json.tree(Json.write(Json.convert(request, GenerationRequest.class)));
        expiresIn.ifPresent(text -> checked.put("expiresIn", seconds(text)));
        return Json.write(checked);
    }

    private long seconds(String text) {
        Matcher matcher = DURATION.matcher(text);
        if (deadline.isPresent() || !matcher.matches()) {
            throw new DarkroomException(
                    ErrorCode.INVALID_REQUEST,
                    deadline.isPresent()
                            ? "give one of --deadline and --expires-in"
                            : "--expires-in is \""
                                    + Excerpt.of(text, 40)
                                    + "\", must be like 90, 90s, 10m, 2h or 1d");
        }
        long unit =
                switch (matcher.group(2)) {
                    case "m" -> 60;
                    case "h" -> 3600;
                    case "d" -> 86_400;
                    default -> 1;
                };
        long seconds = Long.parseLong(matcher.group(1)) * unit;
        Bounds.require("--expires-in", seconds, 1, Deadline.LONGEST);
        return seconds;
    }
}
