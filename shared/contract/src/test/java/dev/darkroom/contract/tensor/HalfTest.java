package dev.darkroom.contract.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HalfTest {
    /** The definition of binary16: sign, 2^(e-15) (1 + f/1024), or f 2^-24 where e is 0. */
    @Test
    void convertsEveryHalfExactly() {
        for (int bits = 0; bits <= 0xffff; bits++) {
            int exponent = bits >> 10 & 31;
            int fraction = bits & 1023;
            double magnitude =
                    exponent == 0
                            ? fraction * Math.pow(2, -24)
                            : exponent == 31
                                    ? fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN
                                    : Math.pow(2, exponent - 15) * (1 + fraction / 1024.0);
            float expected = (float) (bits >> 15 == 0 ? magnitude : -magnitude);
            float actual = Half.toFloat((short) bits);
            if (Float.floatToIntBits(actual) != Float.floatToIntBits(expected)) {
                assertThat(actual).as("half %04x", bits).isEqualTo(expected);
            }
        }
        assertThat(Float.floatToRawIntBits(Half.toFloat((short) 0x8000)))
                .as("minus zero")
                .isEqualTo(0x8000_0000);
    }

    @Test
    void givesEveryHalfBack() {
        for (int bits = 0; bits <= 0xffff; bits++) {
            boolean nan = (bits >> 10 & 31) == 31 && (bits & 1023) != 0;
            int expected = nan ? bits | 0x200 : bits;
            int actual = Half.fromFloat(Half.toFloat((short) bits)) & 0xffff;
            if (actual != expected) {
                assertThat(actual).as("half %04x", bits).isEqualTo(expected);
            }
        }
    }

    /** Halfway between two halves the even one is taken, and beside halfway the nearer one. */
    @Test
    void roundsToTheNearestHalfAndTiesToEven() {
        for (int bits = 0; bits < 0x7bff; bits++) {
            float low = Half.toFloat((short) bits);
            float high = Half.toFloat((short) (bits + 1));
            float middle = (low + high) / 2;
            int even = bits % 2 == 0 ? bits : bits + 1;
            if (Half.fromFloat(middle) != even
                    || Half.fromFloat(Math.nextDown(middle)) != bits
                    || Half.fromFloat(Math.nextUp(middle)) != bits + 1
                    || Half.fromFloat(-middle) != (short) (0x8000 | even)) {
                assertThat(bits).as("rounding around half %04x", bits).isNegative();
            }
        }
    }

    @Test
    void isInfiniteFromHalfwayBeyondTheLargestOne() {
        assertThat(Half.fromFloat(Math.nextDown(65_520f))).isEqualTo((short) 0x7bff);
        assertThat(Half.fromFloat(65_520f)).isEqualTo((short) 0x7c00);
        assertThat(Half.fromFloat(-Float.MAX_VALUE)).isEqualTo((short) 0xfc00);
        assertThat(Half.fromFloat(Float.MIN_VALUE)).isEqualTo((short) 0);
    }
}
