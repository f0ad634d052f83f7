package dev.darkroom.worker.intake;

import dev.darkroom.worker.delivery.EventLog;
import java.time.Clock;

/** Where the intake tells what happens, and its clock. */
public record Reporting(
        EventLog events, DeadLetters deadLetters, JobObserver observer, Clock clock) {}
