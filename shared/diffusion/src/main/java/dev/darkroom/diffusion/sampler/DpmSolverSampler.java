package dev.darkroom.diffusion.sampler;

import dev.darkroom.diffusion.schedule.DpmSolverOptions;
import dev.darkroom.diffusion.schedule.SchedulerConfiguration;
import dev.darkroom.diffusion.schedule.SigmaLadder;

/**
 * DPM-Solver++: a multistep solver for the clean latents in lambda = log(alpha / sigma), with no
 * more network calls than steps. Lu et al. 2022 (arXiv:2211.01095), algorithm 2 and appendix;
 * diffusers' DPMSolverMultistepScheduler with dpmsolver++.
 *
 * @param karras sigmas of Karras et al. instead of the configuration's timestep spacing
 */
public record DpmSolverSampler(boolean karras) implements Sampler {
    /** With Karras's sigmas. */
    public DpmSolverSampler() {
        this(true);
    }

    @Override
    public void requireSteps(SchedulerConfiguration configuration, int steps) {
        configuration.dpmSolver().ladder(steps, karras);
    }

    @Override
    public Latents sample(
            Denoiser denoiser,
            Latents noise,
            SchedulerConfiguration configuration,
            int requestedSteps,
            StepListener listener) {
        DpmSolverOptions options = configuration.dpmSolver();
        SigmaLadder ladder = options.ladder(requestedSteps, karras);
        int steps = ladder.steps();
        Latents latents = noise;
        float[] older = noise.values();
        float[] old = noise.values();
        for (int step = 0; step < steps; step++) {
            NoiseLevel level = NoiseLevel.ofRatio(ladder.timestep(step), ladder.sigma(step));
            Latents denoised = denoiser.denoise(latents, level);
            float[] clean = options.clamp().apply(denoised.values(), latents.rowLength());
            Weights weights = weights(ladder, step, options.orderOf(step, steps), options.heun());
            latents = latents.with(weights.combine(latents.values(), clean, old, older));
            older = old;
            old = clean;
            listener.stepped(step + 1, steps, denoised);
        }
        return latents;
    }

    /** A step as shares of the noisy latents and of the last three clean estimates. */
    private record Weights(double noisy, double clean, double old, double older) {
        float[] combine(float[] noisyValues, float[] values0, float[] values1, float[] values2) {
            float[] result = new float[noisyValues.length];
            for (int i = 0; i < result.length; i++) {
                result[i] =
                        (float)
                                (noisy * noisyValues[i]
                                        + clean * values0[i]
                                        + old * values1[i]
                                        + older * values2[i]);
            }
            return result;
        }
    }

    private static Weights weights(SigmaLadder ladder, int step, int order, boolean heun) {
        NoiseLevel from = NoiseLevel.ofRatio(0, ladder.sigma(step));
        NoiseLevel to = NoiseLevel.ofRatio(0, ladder.sigma(step + 1));
        double h = Math.log(ladder.sigma(step)) - Math.log(ladder.sigma(step + 1));
        if (h == 0) {
            return new Weights(1, 0, 0, 0);
        }
        double noisy = to.sigma() / from.sigma();
        double decay = Math.expm1(-h);
        double level = -to.alpha() * decay;
        if (order == 1) {
            return new Weights(noisy, level, 0, 0);
        }
        double slope = to.alpha() * (decay / h + 1);
        double r0 = (Math.log(ladder.sigma(step - 1)) - Math.log(ladder.sigma(step))) / h;
        if (order == 2) {
            double first = (heun ? slope : 0.5 * level) / r0;
            return new Weights(noisy, level + first, -first, 0);
        }
        double r1 = (Math.log(ladder.sigma(step - 2)) - Math.log(ladder.sigma(step - 1))) / h;
        double curve = -to.alpha() * ((decay + h) / (h * h) - 0.5);
        // First and second differences D1 and D2 of the paper, as weights of (m0 - m1), (m1 - m2).
        double mixed = (slope * r0 + curve) / (r0 + r1);
        double recent = (slope + mixed) / r0;
        double past = -mixed / r1;
        return new Weights(noisy, level + recent, past - recent, -past);
    }
}
