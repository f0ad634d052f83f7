/** The folder that keeps a pool's data, and how processes find each other through it. */
@NullMarked
package dev.darkroom.standalone.home;

import org.jspecify.annotations.NullMarked;
