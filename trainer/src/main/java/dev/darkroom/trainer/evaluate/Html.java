package dev.darkroom.trainer.evaluate;

import dev.darkroom.diffusion.picture.PngImage;
import dev.darkroom.diffusion.pipeline.RgbImage;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Base64;
import java.util.Locale;

/** Pieces of a page. */
final class Html {
    private static final MathContext DIGITS = new MathContext(4);

    private Html() {}

    /** Any text as text of an element or of a quoted attribute. */
    static String escape(String text) {
        StringBuilder escaped = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                case '\'' -> escaped.append("&#39;");
                default -> escaped.append(c);
            }
        }
        return escaped.toString();
    }

    /** Four digits that count, without an exponent where it is not needed. */
    static String number(double value) {
        if (!Double.isFinite(value)) {
            return String.valueOf(value);
        }
        BigDecimal rounded = BigDecimal.valueOf(value).round(DIGITS).stripTrailingZeros();
        boolean zero = Math.abs(value) < 1e-12;
        boolean extreme = !zero && (Math.abs(value) < 1e-4 || Math.abs(value) >= 1e7);
        if (extreme) {
            return String.format(Locale.ROOT, "%.2e", value);
        }
        return zero ? "0" : rounded.toPlainString();
    }

    /** A picture that the page carries in itself. */
    static String picture(RgbImage picture, String description) {
        return "<img alt=\""
                + escape(description)
                + "\" title=\""
                + escape(description)
                + "\" width=\""
                + picture.width()
                + "\" height=\""
                + picture.height()
                + "\" src=\"data:image/png;base64,"
                + Base64.getEncoder().encodeToString(PngImage.encode(picture))
                + "\">";
    }
}
