/** Leases in the bucket: one holder at a time, known by a number that only rises. */
@NullMarked
package dev.darkroom.platform.lease;

import org.jspecify.annotations.NullMarked;
