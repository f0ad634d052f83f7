package dev.darkroom.producer.api;

import dev.darkroom.contract.access.Role;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The role that a resource's method asks for; one that does not say asks for admin. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
@interface Requires {
    Role value();
}
