package dev.darkroom.contract.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.darkroom.contract.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;

/** A schema of {@code dev/darkroom/schema}, read by a validator that knows nothing of our types. */
final class SchemaFile {
    private static final String FOLDER = "classpath:dev/darkroom/schema/";

    private final Schema schema;
    private final JsonNode tree;

    SchemaFile(String name) {
        try (InputStream in =
                SchemaFile.class.getResourceAsStream("/dev/darkroom/schema/" + name)) {
            tree = Json.tree(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        schema =
                SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                        .getSchema(SchemaLocation.of(FOLDER + name));
    }

    List<String> errors(byte[] document) {
        return schema.validate(Json.tree(document)).stream().map(Object::toString).toList();
    }

    JsonNode tree() {
        return tree;
    }

    /** The schema with every object closed: finds a field that is written but not described. */
    List<String> errorsWhereNothingElseIsAllowed(byte[] document) {
        JsonNode closed = tree.deepCopy();
        close(closed);
        return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(SchemaLocation.of(FOLDER + "closed.json"), closed)
                .validate(Json.tree(document))
                .stream()
                .map(Object::toString)
                .toList();
    }

    private static void close(JsonNode node) {
        if (node instanceof ObjectNode object && object.path("properties").isObject()) {
            object.put("additionalProperties", false);
        }
        node.forEach(SchemaFile::close);
    }
}
