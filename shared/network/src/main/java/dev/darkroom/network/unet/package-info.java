/** The conditional UNet that predicts noise. */
@NullMarked
package dev.darkroom.network.unet;

import org.jspecify.annotations.NullMarked;
