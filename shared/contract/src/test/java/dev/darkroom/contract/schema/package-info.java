/** The files of the schema against what is really written and read. */
@NullMarked
package dev.darkroom.contract.schema;

import org.jspecify.annotations.NullMarked;
