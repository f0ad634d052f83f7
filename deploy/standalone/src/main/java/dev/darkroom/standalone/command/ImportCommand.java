package dev.darkroom.standalone.command;

import dev.darkroom.contract.checkpoint.CheckpointManifest;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.job.SamplerName;
import dev.darkroom.standalone.home.DarkroomHome;
import dev.darkroom.standalone.pool.CheckpointImport;
import dev.darkroom.standalone.pool.Services;
import dev.darkroom.trainer.importing.ImportOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "import",
        description = {
            "Imports a Stable Diffusion 1.x checkpoint in the Hugging Face diffusers folder layout"
                    + " (model_index.json, tokenizer, text_encoder, unet, vae, scheduler;"
                    + " safetensors) and makes it serve its name.",
            "Works while a pool is up on the home folder and while none is."
        },
        footerHeading = "%nExample:%n",
        footer = "  darkroom import ~/models/stable-diffusion-v1-5 --name sd15 --steps 30")
final class ImportCommand implements Callable<Integer> {
    private static final int PERCENT = 100;

    @Mixin private final Invocation invocation;

    @Parameters(index = "0", paramLabel = "DIR", description = "The checkpoint's folder.")
    private Path folder = Path.of("");

    @Option(
            names = "--name",
            paramLabel = "NAME",
            required = true,
            description = "Model name for jobs: a-z 0-9 . _ -")
    private String name = "";

    @Option(
            names = "--steps",
            paramLabel = "N",
            description = "Sampling steps of jobs that do not say.")
    private Optional<Integer> steps = Optional.empty();

    @Option(
            names = "--sampler",
            paramLabel = "NAME",
            description = "Sampler of jobs that do not say: ddim, euler or dpmpp_2m_karras.")
    private Optional<String> sampler = Optional.empty();

    @Option(
            names = "--guidance-scale",
            paramLabel = "G",
            description = "Guidance scale of jobs that do not say.")
    private Optional<Double> guidanceScale = Optional.empty();

    @Option(
            names = "--no-promote",
            negatable = false,
            description = "Only publish; the version that serves the name stays.")
    private boolean publishOnly;

    @Option(
            names = "--lora",
            paramLabel = "FILE",
            description = "Low-rank adapters (diffusers' safetensors) to add to its weights.")
    private Optional<Path> lora = Optional.empty();

    @Option(
            names = "--lora-scale",
            paramLabel = "S",
            defaultValue = "1",
            description = "What the adapters are multiplied by. Default: 1.")
    private double loraScale = 1;

    ImportCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    @Override
    public Integer call() {
        ModelName model = new ModelName(name);
        ImportOptions options =
                new ImportOptions(steps, sampler.map(SamplerName::parse), guidanceScale);
        if (!Files.isDirectory(folder)) {
            throw new DarkroomException(
                    ErrorCode.INVALID_CHECKPOINT, folder + " is no folder that can be read");
        }
        DarkroomHome home = invocation.home();
        Terminal terminal = invocation.terminal();
        terminal.phase("connecting");
        try (Services services = Services.open(home);
                CheckpointImport imports =
                        CheckpointImport.open(services.settings(), home.workFolder())) {
            terminal.phase("checking " + folder);
            CheckpointManifest manifest =
                    lora.isPresent()
                            ? imports.run(
                                    folder,
                                    lora.get(),
                                    loraScale,
                                    model,
                                    options,
                                    !publishOnly,
                                    this::show)
                            : imports.run(folder, model, options, !publishOnly, this::show);
            terminal.print(
                    (publishOnly ? "published " : "promoted ")
                            + manifest.id()
                            + " ("
                            + manifest.totalSize() / 1_000_000
                            + " MB)");
            return ExitCode.OK;
        }
    }

    private void show(long done, long total) {
        long percent = done * PERCENT / Math.max(1, total);
        if (done >= total) {
            invocation.terminal().phase("publishing");
        } else if (percent % 10 == 0) {
            invocation.terminal().phase("importing: " + percent + " %");
        }
    }
}
