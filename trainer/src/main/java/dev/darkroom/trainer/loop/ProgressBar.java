package dev.darkroom.trainer.loop;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;

/**
 * A stage's progress for whoever sits before it: on a terminal one line that is drawn over, and
 * elsewhere (a file, a pipe) a plain line now and then.
 */
public final class ProgressBar implements StageObserver {
    private static final Duration REDRAW_EVERY = Duration.ofMillis(200);
    private static final Duration LINE_EVERY = Duration.ofSeconds(15);
    private static final int BAR = 24;
    private static final String CLEAR_TO_END = "\u001b[K";

    private final PrintStream out;
    private final boolean terminal;
    private final int columns;
    private String stage = "";
    private long firstStep;
    private Duration firstElapsed = Duration.ZERO;
    private Duration drawn = Duration.ZERO;
    private boolean open;

    /**
     * @param terminal whether {@code out} is one, which understands a carriage return
     * @param columns of the terminal; what is longer is cut
     */
    public ProgressBar(PrintStream out, boolean terminal, int columns) {
        this.out = out;
        this.terminal = terminal;
        this.columns = columns;
    }

    @Override
    public void step(StepReport report) {
        boolean begins = !report.stage().equals(stage);
        if (begins) {
            stage = report.stage();
            firstStep = report.step();
            firstElapsed = report.elapsed();
        }
        Duration since = report.elapsed().minus(drawn);
        Duration wait = terminal ? REDRAW_EVERY : LINE_EVERY;
        if (!begins && report.step() < report.steps() && since.compareTo(wait) < 0) {
            return;
        }
        drawn = report.elapsed();
        String line = line(report);
        if (terminal) {
            String cut = line.length() < columns ? line : line.substring(0, columns - 1);
            out.print("\r" + cut + CLEAR_TO_END);
            open = true;
        } else {
            out.println(line);
        }
        out.flush();
    }

    @Override
    public void finished(String stage, long step) {
        if (open) {
            out.println();
            out.flush();
            open = false;
        }
        this.stage = "";
    }

    private String line(StepReport report) {
        StringBuilder line = new StringBuilder(report.stage());
        if (terminal) {
            int full = (int) (report.step() * BAR / report.steps());
            line.append(" [").append("=".repeat(full)).append(" ".repeat(BAR - full)).append(']');
        }
        line.append(
                String.format(
                        Locale.ROOT,
                        " %d/%d  loss %.4f  %.0f pictures/s",
                        report.step(),
                        report.steps(),
                        report.loss(),
                        report.examplesPerSecond()));
        long done = report.step() - firstStep;
        if (done > 0) {
            double perStep = report.elapsed().minus(firstElapsed).toNanos() / 1e9 / done;
            long left = Math.round(perStep * (report.steps() - report.step()));
            line.append("  ").append(clock(left)).append(" left");
        }
        return line.toString();
    }

    /** Seconds as m:ss or h:mm:ss. */
    static String clock(long seconds) {
        long minutes = seconds / 60;
        return minutes < 60
                ? String.format(Locale.ROOT, "%d:%02d", minutes, seconds % 60)
                : String.format(
                        Locale.ROOT, "%d:%02d:%02d", minutes / 60, minutes % 60, seconds % 60);
    }
}
