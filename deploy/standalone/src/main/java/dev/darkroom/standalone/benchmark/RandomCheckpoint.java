package dev.darkroom.standalone.benchmark;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.contract.json.Json;
import dev.darkroom.engine.TensorflowNatives;
import dev.darkroom.network.checkpoint.ConfigurationFile;
import dev.darkroom.network.clip.ClipTextConfiguration;
import dev.darkroom.network.clip.ClipTextGraph;
import dev.darkroom.network.export.SavedModelWriter;
import dev.darkroom.network.nn.StageGraph;
import dev.darkroom.network.parameter.ParameterSpec;
import dev.darkroom.network.unet.UnetConfiguration;
import dev.darkroom.network.unet.UnetGraph;
import dev.darkroom.network.vae.VaeConfiguration;
import dev.darkroom.network.vae.VaeDecoderGraph;
import dev.darkroom.network.vae.VaeEncoderGraph;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A diffusers folder with the architecture of Stable Diffusion 1.5 and weights that mean nothing.
 * The architecture is in JSON files beside this class, as the checkpoint has them.
 */
final class RandomCheckpoint {
    private static final List<String> FILES =
            List.of(
                    "model_index.json",
                    "unet/config.json",
                    "vae/config.json",
                    "text_encoder/config.json",
                    "scheduler/scheduler_config.json");
    private static final int BLOCK = 1 << 18;
    private static final double SCALE = 0.02;

    private final Path folder;
    private final byte[] block;

    private RandomCheckpoint(Path folder) {
        this.folder = folder;
        this.block = block();
    }

    /** Writes one; float32, 4.3 GB. */
    static void write(Path folder) throws IOException {
        TensorflowNatives.load();
        for (String file : FILES) {
            Path target = folder.resolve(file);
            Files.createDirectories(target.getParent());
            try (InputStream in = RandomCheckpoint.class.getResourceAsStream("sd15/" + file)) {
                Files.copy(java.util.Objects.requireNonNull(in, file), target);
            }
        }
        RandomCheckpoint checkpoint = new RandomCheckpoint(folder);
        ClipTextConfiguration text =
                ClipTextConfiguration.of(
                        ConfigurationFile.read(folder, "text_encoder/config.json"));
        VaeConfiguration vae =
                VaeConfiguration.of(ConfigurationFile.read(folder, "vae/config.json"));
        checkpoint.tokenizer(text);
        checkpoint.weights("text_encoder/model.safetensors", new ClipTextGraph(text));
        checkpoint.weights(
                "unet/diffusion_pytorch_model.safetensors",
                new UnetGraph(
                        UnetConfiguration.of(ConfigurationFile.read(folder, "unet/config.json"))));
        checkpoint.weights(
                "vae/diffusion_pytorch_model.safetensors",
                new VaeDecoderGraph(vae),
                new VaeEncoderGraph(vae));
    }

    /** The bytes' letters, and nothing merged: enough for any prompt. */
    private void tokenizer(ClipTextConfiguration text) throws IOException {
        ObjectNode vocabulary = Json.mapper().createObjectNode();
        StringBuilder letters = new StringBuilder();
        // The letters that CLIP's byte-level BPE shows bytes as.
        int shifted = 0;
        for (int b = 0; b < 256; b++) {
            boolean printable = (b >= 33 && b <= 126) || (b >= 161 && b != 173);
            letters.append((char) (printable ? b : 256 + shifted++));
        }
        for (String end : List.of("", "</w>")) {
            for (char letter : letters.toString().toCharArray()) {
                vocabulary.put(letter + end, vocabulary.size());
            }
        }
        int begin = vocabulary.size();
        vocabulary.put("<|startoftext|>", begin);
        vocabulary.put("<|endoftext|>", begin + 1);
        Path tokenizer = Files.createDirectories(folder.resolve("tokenizer"));
        Files.write(tokenizer.resolve("vocab.json"), Json.write(vocabulary));
        Files.writeString(tokenizer.resolve("merges.txt"), "#version: 0.2\n");
        Files.write(
                tokenizer.resolve("tokenizer_config.json"),
                Json.write(
                        Map.of(
                                "tokenizer_class", "CLIPTokenizer",
                                "model_max_length", text.positions(),
                                "bos_token", "<|startoftext|>",
                                "eos_token", "<|endoftext|>",
                                "pad_token", "<|endoftext|>",
                                "unk_token", "<|endoftext|>")));
    }

    private void weights(String file, StageGraph... graphs) throws IOException {
        Map<String, ParameterSpec> specs = new LinkedHashMap<>();
        for (StageGraph graph : graphs) {
            for (ParameterSpec spec : new SavedModelWriter(graph).parameters()) {
                specs.put(spec.key(), spec);
            }
        }
        ObjectNode header = Json.mapper().createObjectNode();
        long offset = 0;
        for (ParameterSpec spec : specs.values()) {
            long end = offset + spec.elements() * Float.BYTES;
            ObjectNode entry = header.putObject(spec.key()).put("dtype", "F32");
            spec.layout().fileShapes(spec.shape()).get(0).forEach(entry.putArray("shape")::add);
            entry.putArray("data_offsets").add(offset).add(end);
            offset = end;
        }
        byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
        try (OutputStream out =
                new BufferedOutputStream(Files.newOutputStream(folder.resolve(file)), 1 << 20)) {
            out.write(
                    ByteBuffer.allocate(Long.BYTES)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .putLong(json.length)
                            .array());
            out.write(json);
            for (long left = offset; left > 0; left -= Math.min(left, block.length)) {
                out.write(block, 0, (int) Math.min(left, block.length));
            }
        }
    }

    /** Repeated through all files: only its distribution matters here. */
    private static byte[] block() {
        Random random = new Random(15);
        ByteBuffer values = ByteBuffer.allocate(BLOCK * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        while (values.hasRemaining()) {
            values.putFloat((float) (random.nextGaussian() * SCALE));
        }
        return values.array();
    }
}
