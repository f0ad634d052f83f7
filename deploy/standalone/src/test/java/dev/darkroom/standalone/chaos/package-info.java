/** Whether jobs end exactly once, whatever happens to workers, broker and store. */
@NullMarked
package dev.darkroom.standalone.chaos;

import org.jspecify.annotations.NullMarked;
