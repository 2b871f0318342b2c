/* SPDX-License-Identifier: 0BSD */
/* Words as two lanes of 16 bits, and the two roundings that turn sums into int8. */
#ifndef AE_LANES_H
#define AE_LANES_H

#include <stdint.h>

#include "ae_fixed.h"

static inline int32_t ae_low_lane(int32_t word)
{
    return (int16_t)(uint16_t)((uint32_t)word & 0xFFFFu);
}

static inline int32_t ae_high_lane(int32_t word)
{
    return word >> 16;
}

static inline int32_t ae_lanes(int32_t low, int32_t high)
{
    return (int32_t)(((uint32_t)low & 0xFFFFu) | (uint32_t)high << 16);
}

/* sum + a * b lane by lane, wrapping around. */
static inline int32_t ae_add_products(int32_t sum, int32_t a, int32_t b)
{
    const int32_t low = ae_low_lane(a) * ae_low_lane(b);
    const int32_t high = ae_high_lane(a) * ae_high_lane(b);

    return (int32_t)((uint32_t)sum + (uint32_t)low + (uint32_t)high);
}

/* base + round(a * factor / 2^32), halves upwards. */
static inline int32_t ae_add_scaled(int32_t base, int32_t a, int32_t factor)
{
    const int64_t product = (int64_t)a * factor + ((int64_t)1 << 31);

    return (int32_t)((uint32_t)base + (uint32_t)(int32_t)(product >> 32));
}

/* A sum, bias included, as int8: see struct ae_packed for the factors. */
static inline int8_t ae_packed_result(int32_t sum, const int32_t *factors, int32_t zero,
                                      int32_t is_signed)
{
    int32_t h = ae_add_scaled(sum, sum, factors[0]);

    if (is_signed) {
        h += h >> 31;
    }
    return ae_to_int8(ae_add_scaled(zero, h, factors[1]), 0, -128, 127);
}

/* Limit what a fused activation does not let through. */
static inline void ae_limit_all(int8_t *out, int32_t count, int32_t low, int32_t high)
{
    if (low > -128 || high < 127) {
        for (int32_t i = 0; i < count; i++) {
            out[i] = (int8_t)ae_limit(out[i], low, high);
        }
    }
}

#endif
