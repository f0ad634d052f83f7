package dev.darkroom.trainer.stage;

import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.trainer.loop.StageObserver;
import dev.darkroom.trainer.loop.StepReport;
import java.util.ArrayList;
import java.util.List;

/** Keeps what a stage reports. */
final class Reports implements StageObserver {
    final List<StepReport> steps = new ArrayList<>();
    final List<RgbImage> grids = new ArrayList<>();

    @Override
    public void step(StepReport report) {
        steps.add(report);
    }

    @Override
    public void samples(String stage, long step, RgbImage grid) {
        grids.add(grid);
    }

    double loss(int first, int count) {
        return steps.subList(first, first + count).stream()
                .mapToDouble(StepReport::loss)
                .average()
                .orElseThrow();
    }

    double last(String scalar) {
        Double value = steps.get(steps.size() - 1).scalars().get(scalar);
        if (value == null) {
            throw new AssertionError(scalar + " was not measured after the last step");
        }
        return value;
    }
}
