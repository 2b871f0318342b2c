/* SPDX-License-Identifier: 0BSD */
#include "ae_logmel.h"

#include "ae_signal.h"

typedef struct {
    int32_t real;
    int32_t imaginary;
} complex_value;

/* value * (cosine - i * sine); both factors have 15 fractional bits. The products are taken
 * by halves, where Arm's DSP extension has them in one instruction. Two of them, rounded
 * down, are one too small on average: their sum is put right, their difference is right. */
static inline complex_value turned(complex_value value, int32_t cosine, int32_t sine)
{
    complex_value result;
    result.real = 1 + ae_multiply_q16(value.real, cosine) + ae_multiply_q16(value.imaginary, sine);
    result.imaginary = ae_multiply_q16(value.imaginary, cosine) - ae_multiply_q16(value.real, sine);
    result.real *= 2;
    result.imaginary *= 2;
    return result;
}

static inline complex_value at(const int32_t *data, uint32_t index)
{
    complex_value value = {data[2 * index], data[2 * index + 1]};
    return value;
}

/* Four-point butterfly on a, b, c, d, already turned; results `m` points apart from `p`. */
static inline void butterfly(int32_t *data, uint32_t p, uint32_t m, const complex_value v[4])
{
    int32_t sum_real = v[0].real + v[1].real;
    int32_t sum_imaginary = v[0].imaginary + v[1].imaginary;
    int32_t difference_real = v[0].real - v[1].real;
    int32_t difference_imaginary = v[0].imaginary - v[1].imaginary;
    int32_t upper_real = v[2].real + v[3].real;
    int32_t upper_imaginary = v[2].imaginary + v[3].imaginary;
    int32_t cross_real = v[2].real - v[3].real;
    int32_t cross_imaginary = v[2].imaginary - v[3].imaginary;
    int32_t *to = data + 2 * p;
    to[0] = sum_real + upper_real;
    to[1] = sum_imaginary + upper_imaginary;
    to += 2 * m;
    to[0] = difference_real + cross_imaginary;
    to[1] = difference_imaginary - cross_real;
    to += 2 * m;
    to[0] = sum_real - upper_real;
    to[1] = sum_imaginary - upper_imaginary;
    to += 2 * m;
    to[0] = difference_real - cross_imaginary;
    to[1] = difference_imaginary + cross_real;
}

/* Exchange points so that each stands where its number with the bits reversed says. */
static void reverse_bits(int32_t *data, uint32_t points)
{
    uint32_t reversed = 0;
    for (uint32_t index = 0; index < points; index++) {
        if (index < reversed) {
            complex_value kept = at(data, index);
            data[2 * index] = data[2 * reversed];
            data[2 * index + 1] = data[2 * reversed + 1];
            data[2 * reversed] = kept.real;
            data[2 * reversed + 1] = kept.imaginary;
        }
        uint32_t bit = points >> 1;
        while (reversed & bit) {
            reversed ^= bit;
            bit >>= 1;
        }
        reversed |= bit;
    }
}

/* First pass on neighbours, which need no turning: pairs or fours. Returns points joined. */
static uint32_t first_pass(int32_t *data, uint32_t points, int in_pairs)
{
    if (in_pairs) {
        for (uint32_t p = 0; p < points; p += 2) {
            complex_value a = at(data, p);
            complex_value b = at(data, p + 1);
            data[2 * p] = a.real + b.real;
            data[2 * p + 1] = a.imaginary + b.imaginary;
            data[2 * p + 2] = a.real - b.real;
            data[2 * p + 3] = a.imaginary - b.imaginary;
        }
        return 2;
    }
    for (uint32_t p = 0; p < points; p += 4) {
        complex_value v[4] = {at(data, p), at(data, p + 1), at(data, p + 2), at(data, p + 3)};
        butterfly(data, p, 1, v);
    }
    return 4;
}

/* Join four spectra of `m` points each into one, all over the data. `turn` is the sine
 * table's step for one point of the joined spectrum, `quarter` its quarter turn. */
static void join_fours(int32_t *data, uint32_t points, uint32_t m, const int16_t *sine,
                       uint32_t quarter)
{
    uint32_t turn = 2 * points / (4 * m);
    for (uint32_t j = 0; j < m; j++) {
        const int16_t *once = sine + j * turn;
        const int16_t *twice = once + j * turn;
        const int16_t *thrice = twice + j * turn;
        for (uint32_t p = j; p < points; p += 4 * m) {
            complex_value v[4];
            v[0] = at(data, p);
            v[1] = turned(at(data, p + m), twice[quarter], twice[0]);
            v[2] = turned(at(data, p + 2 * m), once[quarter], once[0]);
            v[3] = turned(at(data, p + 3 * m), thrice[quarter], thrice[0]);
            butterfly(data, p, m, v);
        }
    }
}

/* From the spectrum of the pairs (even + i * odd samples) to that of the samples. */
static void split_pairs(int32_t *data, uint32_t points, const int16_t *sine)
{
    for (uint32_t k = 1; 2 * k <= points; k++) {
        complex_value a = at(data, k);
        complex_value b = at(data, points - k);
        complex_value odd = {a.imaginary + b.imaginary, b.real - a.real};
        int32_t even_real = a.real + b.real;
        int32_t even_imaginary = a.imaginary - b.imaginary;
        odd = turned(odd, sine[k + points / 2], sine[k]);
        data[2 * (points - k)] = even_real - odd.real;
        data[2 * (points - k) + 1] = odd.imaginary - even_imaginary;
        data[2 * k] = even_real + odd.real;
        data[2 * k + 1] = even_imaginary + odd.imaginary;
    }
}

void AE_NAME(fft_real)(int32_t *data, const int16_t *sine, uint16_t log2_length)
{
    uint32_t points = (uint32_t)1 << (log2_length - 1);
    reverse_bits(data, points);
    uint32_t m = first_pass(data, points, (log2_length - 1) & 1);
    for (; m < points; m *= 4) {
        join_fours(data, points, m, sine, points / 2);
    }
    split_pairs(data, points, sine);
}
