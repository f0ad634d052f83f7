package dev.darkroom.contract.job;

/** Seconds spent in each stage of one attempt. */
public record StageTimings(double textEncoder, double denoiser, double decoder, double delivery) {}
