/** Topic and group names. */
@NullMarked
package dev.darkroom.contract.queue;

import org.jspecify.annotations.NullMarked;
