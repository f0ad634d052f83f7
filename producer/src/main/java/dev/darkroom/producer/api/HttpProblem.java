package dev.darkroom.producer.api;

import jakarta.ws.rs.core.Response;

/** Problems of HTTP itself, which come before any resource is asked. */
final class HttpProblem {
    private HttpProblem() {}

    static Problem of(int status, String path) {
        return Problem.of(status, code(status), title(status), detail(status), path);
    }

    private static String code(int status) {
        Response.Status known = Response.Status.fromStatusCode(status);
        return known == null ? "HTTP_" + status : known.name();
    }

    private static String title(int status) {
        Response.Status known = Response.Status.fromStatusCode(status);
        return known == null ? "HTTP status " + status : known.getReasonPhrase();
    }

    private static String detail(int status) {
        return switch (status) {
            case 404 -> "there is nothing at this path; /q/openapi describes what there is";
            case 405 -> "this path does not know the method; the header Allow lists what it knows";
            case 406 -> "no representation that the header Accept allows";
            case 413 -> "the body has more than " + JobsResource.MAX_BODY + " bytes";
            case 415 -> "the body must be sent as Content-Type: application/json";
            default -> title(status);
        };
    }
}
