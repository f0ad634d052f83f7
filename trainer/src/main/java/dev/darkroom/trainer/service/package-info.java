/**
 * The trainer as a service: takes requests for one model at a time, keeps what it has done where
 * another trainer finds it, and publishes what comes out.
 */
@NullMarked
package dev.darkroom.trainer.service;

import org.jspecify.annotations.NullMarked;
