/* SPDX-License-Identifier: 0BSD */
#include "ae_fixed.h"
#include "ae_kernels.h"

/* Integer bits of the sum of exponentials, which is a Q12.19 number. */
#define SUM_INTEGER_BITS 12

/* exp(x) as a Q0.31 number for x in [-1/4, 0), Q0.31: a Taylor series around -1/8. */
static int32_t exp_of_fraction(int32_t x)
{
    const int32_t exp_of_minus_eighth = 1895147668;
    const int32_t third = 715827883;
    const int32_t d = x + (1 << 28);
    const int32_t d2 = ae_multiply_high(d, d);
    const int32_t d3 = ae_multiply_high(d2, d);
    const int32_t d4 = ae_multiply_high(d2, d2);
    const int32_t higher = ae_multiply_high(ae_divide_by_power(d4, 2) + d3, third) + d2;

    return exp_of_minus_eighth +
           ae_multiply_high(exp_of_minus_eighth, d + ae_divide_by_power(higher, 1));
}

/* exp(x) as a Q0.31 number for x <= 0, a Q5.26 number. */
static int32_t exp_of_negative(int32_t x)
{
    /* exp(-1/4), exp(-1/2), exp(-1) and so on to exp(-16) */
    static const int32_t factors[7] = {1672461947, 1302514674, 790015084, 290630308,
                                       39332535,   720401,     242};
    const int32_t quarter = 1 << 24;
    const int32_t fraction = (x & (quarter - 1)) - quarter;
    const int32_t quarters = (fraction - x) >> 24;
    int32_t result = exp_of_fraction(fraction * 32);

    if (x == 0) {
        return INT32_MAX;
    }
    for (int32_t bit = 0; bit < 7; bit++) {
        if ((quarters >> bit) & 1) {
            result = ae_multiply_high(result, factors[bit]);
        }
    }
    return result;
}

/* 1 / (1 + x) for x in [0, 1), Q0.31: three steps of Newton's division in Q2.29. */
static int32_t reciprocal(int32_t x)
{
    const int32_t forty_eight_seventeenths = 1515870810;
    const int32_t minus_thirty_two_seventeenths = -1010580540;
    const int32_t half_denominator = (int32_t)(((int64_t)x + INT32_MAX + 1) / 2);
    int32_t y = forty_eight_seventeenths +
                ae_multiply_high(half_denominator, minus_thirty_two_seventeenths);

    for (int32_t step = 0; step < 3; step++) {
        const int32_t error = (1 << 29) - ae_multiply_high(half_denominator, y);

        y += ae_multiply_high(y, error) * 4;
    }
    return y > (1 << 30) - 1 ? INT32_MAX : y * 2;
}

static int32_t exp_of_difference(const struct ae_softmax *args, int32_t difference)
{
    const int32_t shifted = (int32_t)((uint32_t)difference << args->left_shift);

    return exp_of_negative(ae_multiply_high(shifted, args->multiplier));
}

static void softmax_of_row(const struct ae_softmax *args, const int8_t *in, int8_t *out)
{
    int32_t largest = -128;
    int32_t sum = 0;
    int32_t headroom = 0;
    int32_t exponent;
    int32_t scale;

    for (int32_t i = 0; i < args->depth; i++) {
        largest = in[i] > largest ? in[i] : largest;
    }
    for (int32_t i = 0; i < args->depth; i++) {
        if (in[i] - largest >= args->least) {
            const int32_t power = exp_of_difference(args, in[i] - largest);

            sum += ae_divide_by_power(power, SUM_INTEGER_BITS);
        }
    }
    while (((uint32_t)sum << headroom) >> 31 == 0) {
        headroom++;
    }
    scale = reciprocal((int32_t)(((uint32_t)sum << headroom) - ((uint32_t)1 << 31)));
    /* beyond 32 every score rounds to nothing */
    exponent = SUM_INTEGER_BITS - headroom + 31 - 8;
    for (int32_t i = 0; i < args->depth; i++) {
        int32_t score = 0;

        if (in[i] - largest >= args->least && exponent <= 32) {
            const int32_t power = exp_of_difference(args, in[i] - largest);

            score = ae_divide_by_power(ae_multiply_high(scale, power), exponent);
        }
        out[i] = ae_to_int8(score, -128, -128, 127);
    }
}

void AE_NAME(softmax)(const struct ae_softmax *args, const int8_t *in, int8_t *out)
{
    for (int32_t row = 0; row < args->rows; row++) {
        softmax_of_row(args, in, out);
        in += args->depth;
        out += args->depth;
    }
}
