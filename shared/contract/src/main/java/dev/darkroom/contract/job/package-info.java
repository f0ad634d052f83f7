/** Requests, jobs and results, as they travel and as they rest. */
@NullMarked
package dev.darkroom.contract.job;

import org.jspecify.annotations.NullMarked;
