/** What tests of several rooms share: golden data, places in the checkout. */
@NullMarked
package dev.darkroom.testing;

import org.jspecify.annotations.NullMarked;
