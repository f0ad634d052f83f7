package dev.darkroom.diffusion.schedule;

/** What a network was trained to predict. */
public enum PredictionType {
    EPSILON,
    V_PREDICTION,
    SAMPLE
}
