package dev.darkroom.standalone.command;

import dev.darkroom.trainer.loop.ProgressBar;
import dev.darkroom.trainer.loop.StageObserver;
import java.io.PrintStream;
import java.util.Optional;

/**
 * Results on standard output, everything else on standard error: one line that is rewritten where a
 * person watches, whole lines where a file does.
 */
public final class Terminal {
    private static final int BAR_WIDTH = 24;
    private static final int COLUMNS = 80;

    private final PrintStream out;
    private final PrintStream err;
    private final boolean live;
    private String shown = "";
    private long toldTenth;

    /**
     * @param live whether {@code err} is a terminal that can rewrite its line
     */
    public Terminal(PrintStream out, PrintStream err, boolean live) {
        this.out = out;
        this.err = err;
        this.live = live;
    }

    /** A line of the command's result. */
    public synchronized void print(String line) {
        clear();
        out.println(line);
        out.flush();
    }

    /** A line for the person at the terminal. */
    public synchronized void say(String line) {
        clear();
        err.println(line);
        err.flush();
    }

    /** What is going on now; replaces what was said to be going on before. */
    public synchronized void phase(String text) {
        if (text.equals(shown)) {
            return;
        }
        if (live) {
            clear();
            err.print(text);
        } else {
            err.println(text);
        }
        err.flush();
        shown = text;
    }

    /** How far a job is. */
    public synchronized void progress(int step, int steps) {
        bar(step, steps).ifPresent(this::phase);
    }

    /** How far the stages of a training are. */
    public StageObserver stages() {
        return new ProgressBar(err, live, COLUMNS);
    }

    private Optional<String> bar(int step, int steps) {
        if (steps <= 0) {
            return Optional.empty();
        }
        if (!live) {
            // In a file every tenth of the way is enough.
            long tenth = step * 10L / steps;
            boolean tells = tenth != toldTenth;
            toldTenth = tenth;
            return tells ? Optional.of("step " + step + " of " + steps) : Optional.empty();
        }
        int done = (int) ((long) BAR_WIDTH * Math.min(step, steps) / steps);
        return Optional.of(
                "["
                        + "#".repeat(done)
                        + "-".repeat(BAR_WIDTH - done)
                        + "] "
                        + step
                        + "/"
                        + steps
                        + " steps");
    }

    private void clear() {
        if (live && !shown.isEmpty()) {
            err.print("\r" + " ".repeat(shown.length()) + "\r");
        }
        shown = "";
    }
}
