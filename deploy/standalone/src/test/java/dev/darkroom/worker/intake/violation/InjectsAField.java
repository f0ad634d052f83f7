package dev.darkroom.worker.intake.violation;

import jakarta.inject.Inject;

/** Breaks a rule, so that a test can see the rule fail. */
public final class InjectsAField {
    @Inject String field;
}
