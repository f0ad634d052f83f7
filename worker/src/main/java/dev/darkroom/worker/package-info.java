/** The worker as a service: settings, start and stop, health, meters. */
@NullMarked
package dev.darkroom.worker;

import org.jspecify.annotations.NullMarked;
