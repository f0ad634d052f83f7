/** The command line. */
@NullMarked
package dev.darkroom.standalone.command;

import org.jspecify.annotations.NullMarked;
