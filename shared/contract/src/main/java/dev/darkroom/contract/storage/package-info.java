/** Object keys, built here and nowhere else. */
@NullMarked
package dev.darkroom.contract.storage;

import org.jspecify.annotations.NullMarked;
