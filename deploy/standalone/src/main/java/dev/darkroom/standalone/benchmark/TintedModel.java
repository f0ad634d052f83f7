package dev.darkroom.standalone.benchmark;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.contract.json.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The bundled model with more of one colour in every picture, to be told from itself. */
final class TintedModel {
    private static final String WEIGHTS = "vae/diffusion_pytorch_model.safetensors";
    private static final String LAST_BIAS = "decoder.conv_out.bias";

    /** 0.25 as a half: an eighth of the range from black to white. */
    private static final short TINT = 0x3400;

    private TintedModel() {}

    /**
     * @param channel 0 red, 1 green, 2 blue
     */
    static void write(Path bundled, int channel, Path folder) throws IOException {
        List<Path> files;
        try (Stream<Path> walk = Files.walk(bundled)) {
            files = walk.filter(Files::isRegularFile).toList();
        }
        for (Path file : files) {
            Path target = folder.resolve(bundled.relativize(file).toString());
            Files.createDirectories(
                    folder.resolve(bundled.relativize(file.getParent()).toString()));
            Files.copy(file, target);
        }
        Path weights = folder.resolve(WEIGHTS);
        byte[] bytes = Files.readAllBytes(weights);
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int header = Math.toIntExact(buffer.getLong(0));
        byte[] json = new byte[header];
        buffer.get(Long.BYTES, json);
        JsonNode bias = Json.tree(json).path(LAST_BIAS);
        if (!bias.path("dtype").asText().equals("F16")) {
            throw new IOException(weights + " has no " + LAST_BIAS + " of F16");
        }
        int offset = Long.BYTES + header + bias.path("data_offsets").path(0).asInt();
        buffer.putShort(offset + Short.BYTES * channel, TINT);
        Files.write(weights, bytes);
    }
}
