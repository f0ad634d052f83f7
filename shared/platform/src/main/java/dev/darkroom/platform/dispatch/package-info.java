/** Which of the waiting jobs are begun next, and when. */
@NullMarked
package dev.darkroom.platform.dispatch;

import org.jspecify.annotations.NullMarked;
