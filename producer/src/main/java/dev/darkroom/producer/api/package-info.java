/** The HTTP interface; {@code META-INF/openapi.yaml} describes it. */
@NullMarked
package dev.darkroom.producer.api;

import org.jspecify.annotations.NullMarked;
