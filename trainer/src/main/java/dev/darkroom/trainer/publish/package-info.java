/** What training made, given away: folders for other programs. */
@NullMarked
package dev.darkroom.trainer.publish;

import org.jspecify.annotations.NullMarked;
