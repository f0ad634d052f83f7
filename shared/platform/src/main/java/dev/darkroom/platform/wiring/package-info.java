/**
 * The edge of this room: settings from MicroProfile Config, clients as CDI beans, for every service
 * alike.
 */
@NullMarked
package dev.darkroom.platform.wiring;

import org.jspecify.annotations.NullMarked;
