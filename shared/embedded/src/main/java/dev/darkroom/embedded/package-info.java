/**
 * A Kafka broker and an S3 server inside this JVM, on loopback, with their data in a folder: for a
 * pool on one machine and for tests. Uses nothing else of Darkroom.
 */
@NullMarked
package dev.darkroom.embedded;

import org.jspecify.annotations.NullMarked;
