/** The one JSON codec: strict where a person wrote the text, the same bytes everywhere. */
@NullMarked
package dev.darkroom.contract.json;

import org.jspecify.annotations.NullMarked;
