package dev.darkroom.standalone.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.contract.job.GenerationRequest;
import dev.darkroom.contract.json.Json;
import java.util.Optional;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * What a person can say of a job; everything but the prompt may be left to the model's defaults.
 */
final class JobOptions {
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
        return Json.write(Json.convert(request, GenerationRequest.class));
    }
}
