package dev.darkroom.worker.delivery;

import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.SamplerName;
import dev.darkroom.contract.json.Json;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What made a picture, as text in the form of AUTOMATIC1111's {@code create_infotext}: prompt,
 * negative prompt, then one line of "Name: value" pairs.
 */
public final class PictureParameters {
    /** Keyword of the PNG text chunk that the tools of the field read. */
    public static final String KEYWORD = "parameters";

    private PictureParameters() {}

    /**
     * @param index of the picture in its job, from 0
     * @param software name and version of what wrote it, as in {@code Darkroom 1.0}
     */
    public static String text(
            GenerationJob job, int index, CheckpointVersion checkpoint, String software) {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("Steps", String.valueOf(job.steps()));
        // This field names the sampler and its noise schedule apart.
        if (job.sampler() == SamplerName.DPMPP_2M_KARRAS) {
            values.put("Sampler", "DPM++ 2M");
            values.put("Schedule type", "Karras");
        } else {
            values.put("Sampler", job.sampler().displayName());
        }
        values.put("CFG scale", number(job.guidanceScale()));
        values.put("Seed", String.valueOf(job.seed() + index));
        values.put("Size", job.width() + "x" + job.height());
        values.put("Model hash", checkpoint.value());
        values.put("Model", job.model().value());
        values.put("Version", software);
        String line =
                values.entrySet().stream()
                        .map(entry -> entry.getKey() + ": " + quote(entry.getValue()))
                        .collect(Collectors.joining(", "));
        String negative =
                job.negativePrompt().isEmpty() ? "" : "\nNegative prompt: " + job.negativePrompt();
        return (job.prompt() + negative + "\n" + line).strip();
    }

    private static String number(double value) {
        return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
    }

    private static String quote(String value) {
        boolean plain = value.indexOf(',') < 0 && value.indexOf(':') < 0 && value.indexOf('\n') < 0;
        return plain ? value : new String(Json.write(value), StandardCharsets.UTF_8);
    }
}
