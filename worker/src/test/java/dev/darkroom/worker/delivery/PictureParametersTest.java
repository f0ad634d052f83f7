package dev.darkroom.worker.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.job.SamplerName;
import dev.darkroom.worker.Jobs;
import org.junit.jupiter.api.Test;

class PictureParametersTest {
    private static final String SOFTWARE = "Darkroom 0.1.0";

    @Test
    void saysWhatMadeThePicture() {
        String text =
                PictureParameters.text(
                        Jobs.job("a red sneaker", "blurry", SamplerName.EULER),
                        2,
                        Jobs.VERSION,
                        SOFTWARE);

        assertThat(text)
                .isEqualTo(
                        "a red sneaker\nNegative prompt: blurry\n"
                                + "Steps: 25, Sampler: Euler, CFG scale: 7.5, Seed: 3,"
                                + " Size: 32x32, Model hash: 0123456789ab, Model: fashion-sd,"
                                + " Version: Darkroom 0.1.0");
    }

    @Test
    void leavesOutAnEmptyNegativePrompt() {
        String text =
                PictureParameters.text(
                        Jobs.job("a dress", "", SamplerName.DDIM), 0, Jobs.VERSION, SOFTWARE);

        assertThat(text).startsWith("a dress\nSteps: 25, Sampler: DDIM, ");
    }

    @Test
    void namesTheNoiseScheduleApart() {
        String text =
                PictureParameters.text(
                        Jobs.job("a dress", "", SamplerName.DPMPP_2M_KARRAS),
                        0,
                        Jobs.VERSION,
                        SOFTWARE);

        assertThat(text).contains("Sampler: DPM++ 2M, Schedule type: Karras, CFG scale");
    }

    @Test
    void quotesValuesThatWouldBreakTheLine() {
        String text =
                PictureParameters.text(
                        Jobs.job("a dress", "", SamplerName.DDIM),
                        0,
                        Jobs.VERSION,
                        "Darkroom \"x\", at: home");

        assertThat(text).endsWith("Version: \"Darkroom \\\"x\\\", at: home\"");
    }

    @Test
    void writesWholeGuidanceAsWholeNumber() {
        String text =
                PictureParameters.text(
                        Jobs.job(Jobs.ID, "a dress", "", SamplerName.DDIM, 10, 1),
                        0,
                        Jobs.VERSION,
                        SOFTWARE);

        assertThat(text).contains("CFG scale: 10, ");
    }
}
