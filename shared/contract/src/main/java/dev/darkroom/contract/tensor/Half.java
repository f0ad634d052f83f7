package dev.darkroom.contract.tensor;

/** IEEE 754 binary16 as bits; Java 17 has no type for it. */
public final class Half {
    private static final int INFINITY = 0x7c00;
    private static final int QUIET = 0x200;

    private Half() {}

    /** To float32, exactly. */
    public static float toFloat(short half) {
        int sign = (half & 0x8000) << 16;
        int exponent = (half >>> 10) & 0x1f;
        int fraction = half & 0x3ff;
        if (exponent == 0) {
            float magnitude = fraction * 0x1p-24f;
            return sign == 0 ? magnitude : -magnitude;
        }
        int bits = exponent == 31 ? 0x7f80_0000 : (exponent + 112) << 23;
        return Float.intBitsToFloat(sign | bits | fraction << 13);
    }

    /** The nearest one, ties to even; infinity from 65,520 on; NaN stays NaN. */
    public static short fromFloat(float value) {
        int bits = Float.floatToRawIntBits(value);
        int sign = (bits >>> 16) & 0x8000;
        int magnitude = bits & 0x7fff_ffff;
        if (magnitude > 0x7f80_0000) {
            return (short) (sign | INFINITY | QUIET | ((magnitude >>> 13) & 0x3ff));
        }
        if (magnitude >= 0x477f_f000) {
            return (short) (sign | INFINITY);
        }
        if (magnitude < 0x3880_0000) {
            // Below the least normal one: a multiple of 2^-24, and rint rounds ties to even. The
            // product is exact, for it only moves the exponent.
            return (short) (sign | (int) Math.rint(Float.intBitsToFloat(magnitude) * 0x1p24));
        }
        int rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
        return (short) (sign | (rounded >>> 13) - (112 << 10));
    }
}
