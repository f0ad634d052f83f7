package dev.darkroom.trainer.importing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.contract.checkpoint.CheckpointManifest;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.json.Json;
import dev.darkroom.testing.Checkout;
import dev.darkroom.testing.SafetensorsEditor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Checkpoints that cannot be followed: refused by name, and nothing left behind. */
class RefusedCheckpointTest {
    private static final String TEXT = "text_encoder/model.safetensors";
    private static final String UNET = "unet/diffusion_pytorch_model.safetensors";
    private static final String VAE = "vae/diffusion_pytorch_model.safetensors";
    private static final String CONV_IN = "conv_in.weight";

    @TempDir Path folder;
    Path source;

    @BeforeEach
    void copyTheBundledCheckpoint() throws IOException {
        source = folder.resolve("source");
        try (Stream<Path> tree = Files.walk(Checkout.bundledModel())) {
            for (Path path : tree.toList()) {
                Files.copy(path, source.resolve(Checkout.bundledModel().relativize(path)));
            }
        }
    }

    private CheckpointManifest importSource() {
        return new DiffusersImporter(InstantSource.system())
                .importFolder(
                        source,
                        new ModelName("m"),
                        ImportOptions.NONE,
                        folder.resolve("models/m/v"),
                        (done, total) -> {});
    }

    private void assertRefused(String... named) {
        DarkroomException refusal =
                catchThrowableOfType(DarkroomException.class, this::importSource);
        assertThat(refusal).isNotNull();
        assertThat(refusal.code()).isEqualTo(ErrorCode.INVALID_CHECKPOINT);
        assertThat(refusal.reason()).contains(named);
        assertThat(refusal.reason().length()).isLessThan(1500);
        assertThat(folder.resolve("models")).doesNotExist();
    }

    private SafetensorsEditor edit(String file) {
        return SafetensorsEditor.open(source.resolve(file));
    }

    private void editJson(String file, Consumer<ObjectNode> change) throws IOException {
        Path path = source.resolve(file);
        ObjectNode tree = (ObjectNode) Json.tree(Files.readAllBytes(path));
        change.accept(tree);
        Files.write(path, Json.write(tree));
    }

    private void setJson(String file, String key, String json) throws IOException {
        editJson(
                file,
                tree ->
                        tree.set(
                                key,
                                Json.tree(("[" + json + "]").getBytes(StandardCharsets.UTF_8))
                                        .get(0)));
    }

    @ParameterizedTest
    @CsvSource({
        TEXT + ",text_model.encoder.layers.1.mlp.fc2.bias",
        UNET + ",mid_block.attentions.0.proj_out.weight",
        VAE + ",quant_conv.bias",
        VAE + ",decoder.conv_out.weight"
    })
    void refusesAMissingTensor(String file, String tensor) {
        edit(file).remove(tensor).save();

        assertRefused(file, "lacks", tensor);
    }

    @ParameterizedTest
    @CsvSource({
        TEXT + ",text_model.encoder.layers.3.mlp.fc1.bias",
        UNET + ",class_embedding.weight",
        VAE + ",position_ids"
    })
    void refusesASurplusTensor(String file, String tensor) {
        edit(file).add(tensor, "F16", 2, 3).save();

        assertRefused(file, "no place", tensor);
    }

    @Test
    void refusesAMisshapenTensorAndSaysWhatItShouldBe() {
        edit(UNET).reshape(CONV_IN, 4, 64, 3, 3).save();

        assertRefused(UNET, CONV_IN, "[4, 64, 3, 3]", "[64, 4, 3, 3]");
    }

    @Test
    void refusesATensorThatIsNoFloat() {
        edit(UNET).remove(CONV_IN).add(CONV_IN, "I32", 4, 64, 4, 3, 3).save();

        assertRefused(UNET, CONV_IN, "I32");
    }

    @ParameterizedTest
    @ValueSource(ints = {0x7c00, 0xfc00, 0x7e00})
    void refusesWeightsThatAreNotFinite(int bits) {
        // The last tensor of the last stage: everything else is written by then.
        edit(VAE).setHalf("encoder.conv_out.bias", 2, bits).save();

        assertRefused(VAE, "encoder.conv_out.bias", "element 2");
    }

    @Test
    void refusesATruncatedFile() throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(source.resolve(UNET).toFile(), "rw")) {
            file.setLength(file.length() - 1);
        }

        assertRefused(UNET, "truncated");
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, Long.MIN_VALUE, Long.MAX_VALUE, 0, 1L << 40})
    void refusesAHostileHeaderLength(long length) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(source.resolve(VAE).toFile(), "rw")) {
            file.write(
                    ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(length).array());
        }

        assertRefused(VAE, "header");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "unet/config.json|act_fn|\"tanhshrink\"",
                "unet/config.json|class_embed_type|\"timestep\"",
                "unet/config.json|addition_embed_type|\"text_time\"",
                "unet/config.json|encoder_hid_dim|32",
                "unet/config.json|num_attention_heads|4",
                "unet/config.json|time_embedding_type|\"fourier\"",
                "unet/config.json|attention_type|\"gated\"",
                "unet/config.json|dual_cross_attention|true",
                "unet/config.json|time_cond_proj_dim|256",
                "unet/config.json|mid_block_type|\"UNetMidBlock2DSimpleCrossAttn\"",
                "unet/config.json|down_block_types|[\"AttnDownBlock2D\",\"DownBlock2D\"]",
                "unet/config.json|down_block_types|[\"DownBlock2D\"]",
                "unet/config.json|block_out_channels|[64,1e9]",
                "unet/config.json|block_out_channels|[]",
                "unet/config.json|layers_per_block|2147483647",
                "unet/config.json|layers_per_block|-1",
                "unet/config.json|attention_head_dim|null",
                "unet/config.json|attention_head_dim|[4]",
                "unet/config.json|cross_attention_dim|32",
                "unet/config.json|in_channels|9",
                "unet/config.json|out_channels|8",
                "unet/config.json|sample_size|null",
                "unet/config.json|norm_num_groups|null",
                "unet/config.json|downsample_padding|2",
                "unet/config.json|conv_in_kernel|4",
                "unet/config.json|flip_sin_to_cos|\"yes\"",
                "unet/config.json|_class_name|\"UNet2DModel\"",
                "vae/config.json|_class_name|\"AutoencoderTiny\"",
                "vae/config.json|latents_mean|[0.0,0.0,0.0,0.0]",
                "vae/config.json|up_block_types|[\"AttnUpDecoderBlock2D\",\"UpDecoderBlock2D\",\"UpDecoderBlock2D\"]",
                "vae/config.json|scaling_factor|0",
                "vae/config.json|shift_factor|0.1159",
                "vae/config.json|in_channels|4",
                "vae/config.json|out_channels|4",
                "vae/config.json|latent_channels|\"4\"",
                "text_encoder/config.json|hidden_act|\"laplace\"",
                "text_encoder/config.json|num_attention_heads|5",
                "text_encoder/config.json|model_type|\"t5\"",
                "scheduler/scheduler_config.json|prediction_type|\"flow\"",
                "scheduler/scheduler_config.json|beta_schedule|\"sigmoid\"",
                "tokenizer/tokenizer_config.json|tokenizer_class|\"T5Tokenizer\"",
                "tokenizer/tokenizer_config.json|eos_token|7",
                "model_index.json|_class_name|\"StableDiffusionXLPipeline\"",
                "model_index.json|text_encoder|[\"transformers\",\"T5EncoderModel\"]",
                "model_index.json|unet|null",
                "darkroom.json|sampler|\"plms\"",
                "darkroom.json|guidanceScale|0.5",
                "darkroom.json|steps|0"
            })
    void refusesAConfigurationItDoesNotFollow(String file, String key, String json)
            throws IOException {
        setJson(file, key, json);

        assertRefused(file, key);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "scheduler/scheduler_config.json|beta_schedule|\"X\\n\\u001b[31m\"",
                "unet/config.json|act_fn|\"X\u202e\u0085\"",
                "tokenizer/tokenizer_config.json|bos_token|\"X\\n\\u001b[31m\"",
                "tokenizer/vocab.json|X\u001b[31m|-1"
            })
    void writesNoControlCharacterOfAConfigurationToTheTerminal(String file, String key, String json)
            throws IOException {
        setJson(file, key, json);

        assertShowsNoControlCharacter();
    }

    @Test
    void writesNoControlCharacterOfATensorsNameToTheTerminal() {
        edit(UNET).add("X\n\u001b[31m", "F16", 2, 3).save();

        assertShowsNoControlCharacter();
    }

    private void assertShowsNoControlCharacter() {
        DarkroomException refusal =
                catchThrowableOfType(DarkroomException.class, this::importSource);
        assertThat(refusal.code()).isEqualTo(ErrorCode.INVALID_CHECKPOINT);
        assertThat(refusal.reason()).contains("X").doesNotContainPattern("[\\p{Cc}\\p{Cf}]");
    }

    @Test
    void refusesGroupsThatDoNotDivideTheChannels() throws IOException {
        setJson("unet/config.json", "norm_num_groups", "48");

        assertRefused("unet/config.json", "48 groups", "64 channels");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "model_index.json",
                "unet/config.json",
                "vae/config.json",
                "text_encoder/config.json",
                "scheduler/scheduler_config.json",
                "tokenizer/vocab.json",
                "tokenizer/merges.txt",
                "tokenizer/tokenizer_config.json"
            })
    void refusesAFolderWithoutAFileItNeeds(String file) throws IOException {
        Files.delete(source.resolve(file));

        assertRefused(file, "missing");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "nonsense", "[]", "null", "{\"a\":1,\"a\":2}", "{\"a\":"})
    void refusesAConfigurationThatIsNoJsonObject(String content) throws IOException {
        Files.writeString(source.resolve("vae/config.json"), content);

        assertRefused("vae/config.json");
    }

    @Test
    void refusesAnEndlessConfiguration() throws IOException {
        Files.writeString(source.resolve("vae/config.json"), " ".repeat(3 << 20));

        assertRefused("vae/config.json", "larger");
    }

    @Test
    void refusesPickledWeightsAndSaysWhy() throws IOException {
        Files.move(
                source.resolve(UNET),
                source.resolve("unet/diffusion_pytorch_model.bin"),
                StandardCopyOption.REPLACE_EXISTING);

        assertRefused("unet", "diffusion_pytorch_model.safetensors", ".bin", "can run code");
    }

    @Test
    void refusesATokenBeyondTheTextEncodersTable() throws IOException {
        editJson("tokenizer/vocab.json", tree -> tree.put("new</w>", 623));

        assertRefused("tokenizer/vocab.json", "new</w>", "623");
    }

    @Test
    void refusesAddedTokens() throws IOException {
        editJson(
                "tokenizer/tokenizer_config.json",
                tree ->
                        ((ObjectNode) tree.get("added_tokens_decoder"))
                                .putObject("5")
                                .put("content", "<my-style>"));

        assertRefused("tokenizer/tokenizer_config.json", "added_tokens_decoder", "<my-style>");
    }

    @Test
    void refusesASpecialTokenThatTheVocabularyLacks() throws IOException {
        editJson("tokenizer/vocab.json", tree -> tree.remove("<|endoftext|>"));

        assertRefused("endoftext");
    }

    @Test
    void neverTouchesACheckpointThatIsThere() throws IOException {
        Path target = Files.createDirectories(folder.resolve("models/m/v"));
        Files.writeString(target.resolve("mine.txt"), "mine");

        DarkroomException refusal =
                catchThrowableOfType(DarkroomException.class, this::importSource);

        assertThat(refusal.code()).isEqualTo(ErrorCode.INVALID_REQUEST);
        try (Stream<Path> left = Files.walk(folder.resolve("models"))) {
            assertThat(left.filter(Files::isRegularFile))
                    .containsExactly(target.resolve("mine.txt"));
        }
    }

    @Test
    void importsThroughSymbolicLinksAsTheHuggingFaceCacheHasThem() throws IOException {
        Path blobs = Files.createDirectories(folder.resolve("blobs"));
        List<Path> files;
        try (Stream<Path> tree = Files.walk(source)) {
            files = tree.filter(Files::isRegularFile).toList();
        }
        for (int i = 0; i < files.size(); i++) {
            Path blob = blobs.resolve("blob" + i);
            Files.move(files.get(i), blob);
            Files.createSymbolicLink(files.get(i), files.get(i).getParent().relativize(blob));
        }

        assertThat(importSource().files()).hasSizeGreaterThan(10);
    }

    @Test
    void importsTheFp16VariantWhereItIsTheOnlyOne() throws IOException {
        for (String file : List.of(TEXT, UNET, VAE)) {
            Files.move(
                    source.resolve(file),
                    source.resolve(file.replace(".safetensors", ".fp16.safetensors")));
        }

        assertThat(importSource().files()).hasSizeGreaterThan(10);
    }

    @Test
    void takesTokensFromTheOlderMapWhereTheConfigurationIsOfThatTime() throws IOException {
        editJson(
                "tokenizer/tokenizer_config.json",
                tree -> {
                    tree.remove("added_tokens_decoder");
                    tree.put("pad_token", "unused");
                    tree.put("model_max_length", new java.math.BigDecimal("1e30").toBigInteger());
                });

        importSource();

        var configuration =
                Json.read(
                        Files.readAllBytes(folder.resolve("models/m/v/configuration.json")),
                        dev.darkroom.contract.checkpoint.CheckpointConfiguration.class);
        assertThat(configuration.tokenizer().padToken()).isEqualTo("<|endoftext|>");
        assertThat(configuration.tokenizer().maxLength()).isEqualTo(24);
    }
}
