/** Who may ask a pool for what. */
@NullMarked
package dev.darkroom.contract.access;

import org.jspecify.annotations.NullMarked;
