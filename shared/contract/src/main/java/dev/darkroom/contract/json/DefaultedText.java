package dev.darkroom.contract.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import java.io.IOException;
import java.util.function.Function;

/**
 * Reads a value that is written as text, and gives a default where a record has no such field:
 * records of clients that know nothing of it, and those that were kept from before it was there.
 */
public abstract class DefaultedText<T> extends StdDeserializer<T> {
    private static final long serialVersionUID = 1;

    private final transient Class<T> type;
    private final transient T absent;
    private final transient Function<String, T> parse;

    /**
     * @param parse throws where the text says no such value
     */
    protected DefaultedText(Class<T> type, T absent, Function<String, T> parse) {
        super(type);
        this.type = type;
        this.absent = absent;
        this.parse = parse;
    }

    @Override
    public final T deserialize(JsonParser parser, DeserializationContext context)
            throws IOException {
        return parser.hasToken(JsonToken.VALUE_STRING)
                ? parse.apply(parser.getText())
                : type.cast(context.handleUnexpectedToken(type, parser));
    }

    @Override
    public final Object getAbsentValue(DeserializationContext context) {
        return absent;
    }
}
