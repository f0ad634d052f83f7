package dev.darkroom.contract.job;

import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.error.Bounds;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What a person asks for: everything but the prompt may be left out. {@link #resolve} makes it a
 * {@link GenerationJob}.
 *
 * @param tenant whose job it is; none is the asker's, and the default one where nobody asks who
 * @param prompt at most 10,000 characters; the text encoder reads as many tokens as its
 *     configuration says and cuts the rest
 * @param negativePrompt what to steer away from; none is the empty prompt
 * @param model none is the pool's default model
 * @param version a published checkpoint of the model; none is the promoted one
 * @param width pixels; none is the model's native width
 * @param height pixels; none is the model's native height
 * @param steps sampling steps, 1..1000; none is the checkpoint's default
 * @param guidanceScale 1..50, 1 = off; none is the checkpoint's default
 * @param seed 0..2^53-17, as PyTorch's generator takes it; picture i uses seed + i, which every
 *     language's JSON numbers hold exactly; none: derived from the job's id
 * @param count number of pictures, 1..16; none is 1
 * @param priority none is normal
 * @param deadline from when on the job is not begun; none: it waits as long as it must
 */
public record GenerationRequest(
        Optional<TenantName> tenant,
        String prompt,
        Optional<String> negativePrompt,
        Optional<ModelName> model,
        Optional<CheckpointVersion> version,
        Optional<Integer> width,
        Optional<Integer> height,
        Optional<Integer> steps,
        Optional<SamplerName> sampler,
        Optional<Double> guidanceScale,
        Optional<Long> seed,
        Optional<Integer> count,
        Optional<Priority> priority,
        Optional<Deadline> deadline) {
    public static final int MAX_PROMPT = 10_000;
    public static final int MAX_STEPS = 1000;
    public static final int MAX_COUNT = 16;
    public static final double MAX_GUIDANCE = 50;
    public static final long MAX_SEED = (1L << 53) - 1 - MAX_COUNT;
    public static final int MAX_SIDE = 4096;

    public GenerationRequest {
        Text.check("prompt", prompt, MAX_PROMPT);
        negativePrompt.ifPresent(text -> Text.check("negativePrompt", text, MAX_PROMPT));
        width.ifPresent(value -> Bounds.require("width", value, 1, MAX_SIDE));
        height.ifPresent(value -> Bounds.require("height", value, 1, MAX_SIDE));
        steps.ifPresent(value -> Bounds.require("steps", value, 1, MAX_STEPS));
        guidanceScale.ifPresent(GenerationRequest::requireGuidance);
        seed.ifPresent(value -> Bounds.require("seed", value, 0, MAX_SEED));
        count.ifPresent(value -> Bounds.require("count", value, 1, MAX_COUNT));
    }

    /** A request for one picture with every default. */
    public static GenerationRequest of(String prompt) {
        return new GenerationRequest(
                Optional.empty(),
                prompt,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    /**
     * How much it is: steps times pictures times pixels; nothing where it leaves one of them to the
     * model.
     */
    public OptionalDouble work() {
        if (steps.isEmpty() || width.isEmpty() || height.isEmpty()) {
            return OptionalDouble.empty();
        }
        return OptionalDouble.of(
                (double) steps.get() * count.orElse(1) * width.get() * height.get());
    }

    /** The same request of a tenant. */
    public GenerationRequest by(TenantName owner) {
        return with(Optional.of(owner), deadline);
    }

    /** The same with this deadline, or without one. */
    public GenerationRequest until(Optional<Deadline> end) {
        return with(tenant, end);
    }

    /**
     * What it asks of the pool and nothing else: without prompts and deadline, so that those of
     * many jobs are equal.
     *
     * @param job that it became: its seed is left out where it is the one that the id gives
     */
    public GenerationRequest outline(JobId job) {
        return with(
                tenant,
                "",
                Optional.empty(),
                seed.filter(chosen -> chosen != job.derivedSeed()),
                Optional.empty());
    }

    private GenerationRequest with(Optional<TenantName> owner, Optional<Deadline> end) {
        return with(owner, prompt, negativePrompt, seed, end);
    }

    private GenerationRequest with(
            Optional<TenantName> owner,
            String text,
            Optional<String> negativeText,
            Optional<Long> firstSeed,
            Optional<Deadline> end) {
        return new GenerationRequest(
                owner,
                text,
                negativeText,
                model,
                version,
                width,
                height,
                steps,
                sampler,
                guidanceScale,
                firstSeed,
                count,
                priority,
                end);
    }

    /**
     * The job that this request becomes: every default filled in from the checkpoint that is to run
     * it. The only place where defaults are chosen.
     *
     * @throws DarkroomException {@link ErrorCode#UNSUPPORTED_SIZE} where the model cannot make the
     *     size
     */
    public GenerationJob resolve(JobId id, ModelName model, CheckpointConfiguration configuration) {
        CheckpointConfiguration.Defaults defaults = configuration.defaults();
        int jobWidth = width.orElse(defaults.width());
        int jobHeight = height.orElse(defaults.height());
        configuration.requireSize(jobWidth, jobHeight);
        return new GenerationJob(
                id,
                tenant.orElse(TenantName.DEFAULT),
                prompt,
                negativePrompt.orElse(""),
                model,
                version,
                jobWidth,
                jobHeight,
                steps.orElse(defaults.steps()),
                sampler.orElse(defaults.sampler()),
                guidanceScale.orElse(defaults.guidanceScale()),
                seed.orElse(id.derivedSeed()),
                count.orElse(1),
                priority.orElse(Priority.NORMAL),
                deadline);
    }

    private static void requireGuidance(double value) {
        if (!(value >= 1 && value <= MAX_GUIDANCE)) {
            throw Text.invalid("guidanceScale is " + value + ", must be 1..50 (1 = off)");
        }
    }
}
