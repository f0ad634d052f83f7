/** How jobs ended, in the bucket: of all who want to end a job one decides. */
@NullMarked
package dev.darkroom.platform.outcome;

import org.jspecify.annotations.NullMarked;
