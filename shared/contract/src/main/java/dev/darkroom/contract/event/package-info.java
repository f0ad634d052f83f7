/** What happened to a job, as told on the event topic. */
@NullMarked
package dev.darkroom.contract.event;

import org.jspecify.annotations.NullMarked;
