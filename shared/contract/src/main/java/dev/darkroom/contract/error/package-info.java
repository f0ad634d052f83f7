/** What can go wrong: one exception, one list of codes, and what follows from each. */
@NullMarked
package dev.darkroom.contract.error;

import org.jspecify.annotations.NullMarked;
